//! Tiny real static Linux programs, assembled here: no binaries in the repository, nothing to install.
//!
//! A program looks at its first argument, writes, perhaps makes a file, and ends. The few operations that this
//! takes are encoded for x86-64 and for AArch64 (Linux system calls of both).

use crate::model::Platform;

/// Where the file is mapped.
const BASE: u64 = 0x40_0000;
/// The ELF header and one program header.
const HEADERS: usize = 64 + 56;

/// One operation of a program.
#[derive(Debug, Clone)]
pub(super) enum Op {
    /// Goes to the label unless there is an argument.
    UnlessArgument(&'static str),
    /// Goes to the label when the first four bytes of the argument are these.
    IfArgument([u8; 4], &'static str),
    /// A place to go to.
    Label(&'static str),
    /// Writes to standard output (1) or standard error (2).
    Write(u32, &'static str),
    /// Makes a folder.
    Folder(&'static str),
    /// Makes a file with this content.
    File(&'static str, &'static str),
    /// Ends.
    Exit(u32),
}

/// The program's bytes, as an ELF file for the platform.
pub(super) fn elf(platform: &Platform, ops: &[Op]) -> Vec<u8> {
    let (machine, arm) = if platform.architecture() == "arm64" { (183_u16, true) } else { (62_u16, false) };
    let mut assembler = Assembler { arm, ..Assembler::default() };
    for op in ops {
        assembler.op(op);
    }
    let code = assembler.finish();
    let size = (HEADERS + code.len()) as u64;
    let mut file = Vec::with_capacity(HEADERS + code.len());
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend(2_u16.to_le_bytes());
    file.extend(machine.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    file.extend((BASE + HEADERS as u64).to_le_bytes());
    file.extend(64_u64.to_le_bytes());
    file.extend(0_u64.to_le_bytes());
    file.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 64, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    // One segment: the whole file, readable and executable.
    file.extend(1_u32.to_le_bytes());
    file.extend(5_u32.to_le_bytes());
    for word in [0, BASE, BASE, size, size, 0x1_0000] {
        file.extend(word.to_le_bytes());
    }
    file.extend(code);
    file
}

#[derive(Default)]
struct Assembler {
    arm: bool,
    code: Vec<u8>,
    labels: Vec<(&'static str, usize)>,
    /// Where a jump has to be filled in, and where it goes.
    jumps: Vec<(usize, &'static str)>,
    /// Where an address has to be filled in, and of which text.
    addresses: Vec<(usize, usize)>,
    texts: Vec<Vec<u8>>,
}

impl Assembler {
    fn op(&mut self, op: &Op) {
        match op {
            Op::Label(name) => self.labels.push((name, self.code.len())),
            Op::UnlessArgument(label) => {
                if self.arm {
                    self.words(&[0xf940_03e0, 0xf100_081f]); // ldr x0,[sp]; cmp x0,#2
                    self.jump(0x5400_000b, label); // b.lt
                } else {
                    self.code.extend([0x48, 0x8b, 0x04, 0x24, 0x48, 0x83, 0xf8, 0x02]); // mov rax,[rsp]; cmp rax,2
                    self.jump(0x8c0f, label); // jl
                }
            }
            Op::IfArgument(text, label) => self.if_argument(u32::from_le_bytes(*text), label),
            Op::Write(to, text) => {
                self.number(0, *to);
                self.write(text);
            }
            Op::Folder(path) => {
                self.here();
                self.text(1, path, true);
                self.number(2, 0o755);
                self.call(258, 34);
            }
            Op::File(path, content) => {
                self.here();
                self.text(1, path, true);
                self.number(2, 0x241); // O_WRONLY | O_CREAT | O_TRUNC
                self.number(3, 0o644);
                self.call(257, 56);
                if !self.arm {
                    self.code.extend([0x89, 0xc7]); // mov edi,eax: the file is the first argument
                }
                self.write(content);
            }
            Op::Exit(code) => {
                self.number(0, *code);
                self.call(60, 93);
            }
        }
    }

    fn words(&mut self, words: &[u32]) {
        self.code.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }

    fn jump(&mut self, opcode: u32, label: &'static str) {
        if self.arm {
            self.jumps.push((self.code.len(), label));
            self.words(&[opcode]);
        } else {
            self.code.extend(&opcode.to_le_bytes()[..2]);
            self.jumps.push((self.code.len(), label));
            self.code.extend([0; 4]);
        }
    }

    fn if_argument(&mut self, text: u32, label: &'static str) {
        if self.arm {
            // ldr x1,[sp,#16]; ldr w2,[x1]; movz w3; movk w3; cmp w2,w3
            let (low, high) = (text & 0xffff, text >> 16);
            self.words(&[
                0xf940_0be1,
                0xb940_0022,
                0x5280_0003 | low << 5,
                0x72a0_0003 | high << 5,
                0x6b03_005f,
            ]);
            self.jump(0x5400_0000, label); // b.eq
        } else {
            self.code.extend([0x48, 0x8b, 0x5c, 0x24, 0x10, 0x81, 0x3b]); // mov rbx,[rsp+16]; cmp dword [rbx],…
            self.code.extend(text.to_le_bytes());
            self.jump(0x840f, label); // je
        }
    }

    /// Puts a number into the register of argument 0 to 3.
    fn number(&mut self, argument: usize, number: u32) {
        if self.arm {
            self.words(&[0xd280_0000 | (number & 0xffff) << 5 | register(argument)]); // movz
        } else {
            const OPCODES: [&[u8]; 4] = [&[0xbf], &[0xbe], &[0xba], &[0x41, 0xba]]; // edi, esi, edx, r10d
            self.code.extend(OPCODES[argument]);
            self.code.extend(number.to_le_bytes());
        }
    }

    /// `AT_FDCWD`, the working folder, as the first argument.
    fn here(&mut self) {
        if self.arm {
            self.words(&[0x9280_0000 | 99 << 5]); // movn x0,#99
        } else {
            self.number(0, 0xffff_ff9c);
        }
    }

    /// Puts the address of a text into the register of an argument.
    fn text(&mut self, argument: usize, text: &str, ends: bool) {
        let mut bytes = text.as_bytes().to_vec();
        if ends {
            bytes.push(0);
        }
        self.texts.push(bytes);
        let text = self.texts.len() - 1;
        if self.arm {
            self.addresses.push((self.code.len(), text));
            self.words(&[0xd280_0000 | register(argument), 0xf2a0_0000 | register(argument)]); // movz; movk lsl 16
        } else {
            self.code.extend([0x48, 0xbe]); // movabs rsi
            self.addresses.push((self.code.len(), text));
            self.code.extend([0; 8]);
        }
    }

    fn write(&mut self, text: &str) {
        self.text(1, text, false);
        self.number(2, u32::try_from(text.len()).unwrap_or(0));
        self.call(1, 64);
    }

    fn call(&mut self, x86: u32, arm: u32) {
        if self.arm {
            self.words(&[0xd280_0008 | arm << 5, 0xd400_0001]); // movz x8; svc #0
        } else {
            self.code.push(0xb8); // mov eax
            self.code.extend(x86.to_le_bytes());
            self.code.extend([0x0f, 0x05]); // syscall
        }
    }

    /// The code with its texts behind it, every jump and address filled in.
    fn finish(mut self) -> Vec<u8> {
        let mut starts = Vec::new();
        for text in std::mem::take(&mut self.texts) {
            starts.push(BASE + (HEADERS + self.code.len()) as u64);
            self.code.extend(text);
        }
        for (at, text) in std::mem::take(&mut self.addresses) {
            let address = starts[text];
            if self.arm {
                let (low, high) = (address & 0xffff, address >> 16 & 0xffff);
                self.or(at, u32::try_from(low << 5).unwrap_or(0));
                self.or(at + 4, u32::try_from(high << 5).unwrap_or(0));
            } else {
                self.code[at..at + 8].copy_from_slice(&address.to_le_bytes());
            }
        }
        for (at, label) in std::mem::take(&mut self.jumps) {
            let to = self.labels.iter().find(|(name, _)| *name == label).map_or(at, |(_, to)| *to);
            if self.arm {
                let distance = (i64::try_from(to).unwrap_or(0) - i64::try_from(at).unwrap_or(0)) / 4;
                self.or(at, (u32::try_from(distance & 0x7_ffff).unwrap_or(0)) << 5);
            } else {
                let distance = i32::try_from(to).unwrap_or(0) - i32::try_from(at + 4).unwrap_or(0);
                self.code[at..at + 4].copy_from_slice(&distance.to_le_bytes());
            }
        }
        self.code
    }

    fn or(&mut self, at: usize, bits: u32) {
        for (byte, bits) in self.code[at..at + 4].iter_mut().zip(bits.to_le_bytes()) {
            *byte |= bits;
        }
    }
}

fn register(argument: usize) -> u32 {
    u32::try_from(argument).unwrap_or(0)
}

/// The program before the fix: `--version` is an option that it does not know.
pub(super) fn before_the_fix() -> Vec<Op> {
    vec![
        Op::UnlessArgument("usage"),
        Op::IfArgument(*b"--ve", "unknown"),
        Op::IfArgument(*b"vers", "version"),
        Op::Label("usage"),
        Op::Write(2, "Usage: gl [OPTIONS] COMMAND\n"),
        Op::Exit(2),
        Op::Label("unknown"),
        Op::Write(2, "Usage: gl [OPTIONS] COMMAND\nError: No such option: --version\n"),
        Op::Exit(2),
        Op::Label("version"),
        Op::Write(1, "gl 0.2.0\n"),
        Op::Exit(0),
    ]
}

/// The program after it; `run` writes a report.
pub(super) fn mended() -> Vec<Op> {
    vec![
        Op::UnlessArgument("usage"),
        Op::IfArgument(*b"--ve", "version"),
        Op::IfArgument(*b"vers", "version"),
        Op::IfArgument(*b"run\0", "run"),
        Op::Label("usage"),
        Op::Write(2, "Usage: gl [OPTIONS] COMMAND\n"),
        Op::Exit(2),
        Op::Label("version"),
        Op::Write(1, "gl 0.2.0\n"),
        Op::Exit(0),
        Op::Label("run"),
        Op::Folder("out"),
        Op::File("out/report.json", "{\"pipeline\":\"demo\",\"steps\":3,\"failed\":0}\n"),
        Op::Write(1, "demo.yaml: 3 steps, 0 failed; wrote out/report.json\n"),
        Op::Exit(0),
    ]
}
