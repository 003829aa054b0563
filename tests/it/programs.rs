//! The smallest static programs that misbehave, encoded here: the repository holds no binaries.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "fields of machine instructions"
)]

/// What a program does.
#[derive(Debug, Clone)]
pub enum Does {
    /// Prints a text to standard output (1) or error (2), and ends with a code.
    Print(u8, String, u8),
    /// Never ends.
    Hang,
    /// Prints without an end.
    Flood,
}

/// Where the file lies in memory, and how long its headers are.
const BASE: u64 = 0x40_0000;
const HEADERS: u64 = 64 + 56;

/// A program for `amd64` or `arm64` as a whole ELF file.
pub fn program(architecture: &str, does: &Does) -> Vec<u8> {
    let amd64 = architecture == "amd64";
    let text = match does {
        Does::Print(_, text, _) => text.clone(),
        Does::Hang => String::new(),
        Does::Flood => "flood ".repeat(600),
    };
    // The text lies behind the headers, the code behind the text, at a multiple of four.
    let mut data = text.into_bytes();
    let length = data.len();
    data.resize(data.len().next_multiple_of(4), 0);
    let address = BASE + HEADERS;
    let code = if amd64 { amd64_code(does, address, length) } else { arm64_code(does, address, length) };
    let entry = address + data.len() as u64;
    let size = HEADERS + (data.len() + code.len()) as u64;
    let mut elf = header(if amd64 { 62 } else { 183 }, entry, size);
    elf.extend(data);
    elf.extend(code);
    elf
}

fn header(machine: u16, entry: u64, size: u64) -> Vec<u8> {
    let mut elf = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    elf.extend(2u16.to_le_bytes());
    elf.extend(machine.to_le_bytes());
    elf.extend(1u32.to_le_bytes());
    for value in [entry, 64, 0] {
        elf.extend(value.to_le_bytes());
    }
    elf.extend(0u32.to_le_bytes());
    for value in [64u16, 56, 1, 0, 0, 0] {
        elf.extend(value.to_le_bytes());
    }
    elf.extend(1u32.to_le_bytes());
    elf.extend(5u32.to_le_bytes());
    for value in [0, BASE, BASE, size, size, 0x1000] {
        elf.extend(value.to_le_bytes());
    }
    elf
}

fn amd64_code(does: &Does, address: u64, length: usize) -> Vec<u8> {
    let number = |opcode: u8, value: u32| [&[opcode][..], &value.to_le_bytes()].concat();
    // write(descriptor, address, length)
    let write = |descriptor: u8| {
        let mut code = number(0xb8, 1);
        code.extend(number(0xbf, descriptor.into()));
        code.extend([0x48, 0xbe]);
        code.extend(address.to_le_bytes());
        code.extend(number(0xba, length as u32));
        code.extend([0x0f, 0x05]);
        code
    };
    match does {
        Does::Hang => vec![0xeb, 0xfe],
        Does::Flood => {
            let mut code = write(1);
            let back = -(code.len() as i8) - 2;
            code.extend([0xeb, back as u8]);
            code
        }
        Does::Print(descriptor, _, exit) => {
            let mut code = write(*descriptor);
            code.extend(number(0xb8, 60));
            code.extend(number(0xbf, (*exit).into()));
            code.extend([0x0f, 0x05]);
            code
        }
    }
}

fn arm64_code(does: &Does, address: u64, length: usize) -> Vec<u8> {
    // movz xR, #value
    let number = |register: u32, value: u32| 0xd280_0000 | (value & 0xffff) << 5 | register;
    // movk xR, #value, lsl 16
    let upper = |register: u32, value: u32| 0xf2a0_0000 | (value & 0xffff) << 5 | register;
    let system = 0xd400_0001_u32;
    let write = |descriptor: u8| {
        vec![
            number(0, descriptor.into()),
            number(1, address as u32),
            upper(1, (address >> 16) as u32),
            number(2, length as u32),
            number(8, 64),
            system,
        ]
    };
    let code = match does {
        Does::Hang => vec![0x1400_0000],
        Does::Flood => {
            let mut code = write(1);
            let back = (-(code.len() as i32) as u32) & 0x03ff_ffff;
            code.push(0x1400_0000 | back);
            code
        }
        Does::Print(descriptor, _, exit) => {
            let mut code = write(*descriptor);
            code.extend([number(0, (*exit).into()), number(8, 93), system]);
            code
        }
    };
    code.into_iter().flat_map(u32::to_le_bytes).collect()
}
