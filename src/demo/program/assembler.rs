//! Puts a program together: code with jumps and addresses that are filled in at the end, then the texts.

use super::{Architecture, amd64, arm64, elf};

/// A place in the code, named before it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label(usize);

/// A text in the program's data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text {
    offset: usize,
    length: usize,
}

/// What an argument of a system call is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    Number(i32),
    Address(Text),
    Length(Text),
    /// The program's second argument (`argv[2]`).
    SecondArgument,
    /// What [`Assembler::keep_result_or`] kept.
    Kept,
}

/// The system calls of Linux that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Write,
    OpenAt,
    MakeFolderAt,
    /// `exit_group`
    Exit,
}

/// One step, as the architectures encode it. A jump's distance is in the last four bytes of its encoding,
/// an address in the last four (amd64) or eight (arm64).
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Keeps the number of arguments (`argc`), `argv[1]` and `argv[2]`, which the kernel put on the stack.
    Start,
    /// Jumps when `argc` is below this number.
    JumpIfFewer(u8),
    /// Jumps when the byte of `argv[1]` at this place is another one.
    JumpUnlessByte(u8, u8),
    /// Sets an argument of the next system call to a number.
    SetNumber(u8, i32),
    /// Sets it to an address that is filled in later.
    SetAddress(u8),
    /// Sets it to `argv[2]`.
    SetSecondArgument(u8),
    /// Sets it to the kept result.
    SetKept(u8),
    /// Does the call.
    System(Call),
    /// Keeps the call's result.
    Keep,
    /// Jumps when the call's result says that it failed (below zero).
    JumpIfFailed,
}

/// A program being put together.
#[derive(Debug)]
pub(super) struct Assembler {
    architecture: Architecture,
    code: Vec<u8>,
    data: Vec<u8>,
    labels: Vec<usize>,
    jumps: Vec<(usize, Label)>,
    addresses: Vec<(usize, usize)>,
}

impl Assembler {
    pub(super) fn new(architecture: Architecture) -> Self {
        Self {
            architecture,
            code: Vec::new(),
            data: Vec::new(),
            labels: Vec::new(),
            jumps: Vec::new(),
            addresses: Vec::new(),
        }
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels.push(0);
        Label(self.labels.len() - 1)
    }

    /// Says that a label is here.
    pub(super) fn place(&mut self, label: Label) {
        self.labels[label.0] = self.code.len();
    }

    pub(super) fn text(&mut self, text: &str) -> Text {
        let offset = self.data.len();
        self.data.extend_from_slice(text.as_bytes());
        Text { offset, length: text.len() }
    }

    pub(super) fn start(&mut self) {
        self.step(Step::Start);
    }

    /// Jumps when there are fewer arguments than this, the program's own name included.
    pub(super) fn unless_arguments(&mut self, count: u8, to: Label) {
        self.jump(Step::JumpIfFewer(count), to);
    }

    /// Jumps when the first argument is another word.
    pub(super) fn unless_word(&mut self, word: &str, to: Label) {
        for (at, byte) in (0..).zip(word.bytes().chain([0])) {
            self.jump(Step::JumpUnlessByte(at, byte), to);
        }
    }

    pub(super) fn system(&mut self, call: Call, arguments: &[Value]) {
        for (argument, value) in (0..).zip(arguments) {
            match *value {
                Value::Number(number) => self.step(Step::SetNumber(argument, number)),
                Value::Length(text) => self.step(Step::SetNumber(argument, small(text.length))),
                Value::SecondArgument => self.step(Step::SetSecondArgument(argument)),
                Value::Kept => self.step(Step::SetKept(argument)),
                Value::Address(text) => {
                    self.step(Step::SetAddress(argument));
                    self.addresses.push((self.code.len(), text.offset));
                }
            }
        }
        self.step(Step::System(call));
    }

    /// Keeps the result of the last call, or jumps when it failed.
    pub(super) fn keep_result_or(&mut self, failed: Label) {
        self.step(Step::Keep);
        self.jump(Step::JumpIfFailed, failed);
    }

    fn jump(&mut self, step: Step, to: Label) {
        self.step(step);
        self.jumps.push((self.code.len(), to));
    }

    fn step(&mut self, step: Step) {
        match self.architecture {
            Architecture::Amd64 => amd64::encode(step, &mut self.code),
            Architecture::Arm64 => arm64::encode(step, &mut self.code),
        }
    }

    /// The finished program.
    pub(super) fn elf(mut self) -> Vec<u8> {
        let data = elf::CODE_AT + small(self.code.len());
        for (end, to) in &self.jumps {
            let distance = small(self.labels[to.0]) - small(*end);
            let jump = &mut self.code[end - 4..*end];
            match self.architecture {
                Architecture::Amd64 => jump.copy_from_slice(&distance.to_le_bytes()),
                Architecture::Arm64 => arm64::set_distance(jump, distance),
            }
        }
        for (end, offset) in &self.addresses {
            let address = data + small(*offset);
            match self.architecture {
                Architecture::Amd64 => self.code[end - 4..*end].copy_from_slice(&address.to_le_bytes()),
                Architecture::Arm64 => arm64::set_address(&mut self.code[end - 8..*end], address),
            }
        }
        self.code.extend_from_slice(&self.data);
        elf::file(self.architecture, &self.code)
    }
}

/// The demo's programs are a few kilobytes: offsets and lengths are small numbers.
fn small(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
