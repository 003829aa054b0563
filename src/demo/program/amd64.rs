//! The instructions of x86-64 that `gl` needs (Intel SDM volume 2).

use super::assembler::{Call, Step};

// argc is kept in rbx, argv[1] in r12, argv[2] in r13, results in r14: system calls leave these alone.
const START: [u8; 14] = [
    0x48, 0x8b, 0x1c, 0x24, // mov rbx, [rsp]
    0x4c, 0x8b, 0x64, 0x24, 0x10, // mov r12, [rsp+16]
    0x4c, 0x8b, 0x6c, 0x24, 0x18, // mov r13, [rsp+24]
];

/// Appends the encoding of a step.
pub(super) fn encode(step: Step, code: &mut Vec<u8>) {
    match step {
        Step::Start => code.extend(START),
        Step::JumpIfFewer(count) => {
            code.extend([0x48, 0x83, 0xfb, count]); // cmp rbx, count
            code.extend([0x0f, 0x8c, 0, 0, 0, 0]); // jl
        }
        Step::JumpUnlessByte(at, byte) => {
            code.extend([0x41, 0x80, 0x7c, 0x24, at, byte]); // cmp byte [r12+at], byte
            code.extend([0x0f, 0x85, 0, 0, 0, 0]); // jne
        }
        Step::SetNumber(argument, number) => set(argument, number, code),
        Step::SetAddress(argument) => set(argument, 0, code),
        // mov argument, r13 and mov argument, r14
        Step::SetSecondArgument(argument) => copy(argument, 5, code),
        Step::SetKept(argument) => copy(argument, 6, code),
        Step::System(call) => {
            code.extend([0x48, 0xc7, 0xc0]); // mov rax, number
            code.extend(number(call).to_le_bytes());
            code.extend([0x0f, 0x05]); // syscall
        }
        Step::Keep => code.extend([0x49, 0x89, 0xc6]), // mov r14, rax
        Step::JumpIfFailed => {
            code.extend([0x48, 0x83, 0xf8, 0]); // cmp rax, 0
            code.extend([0x0f, 0x8c, 0, 0, 0, 0]); // jl
        }
    }
}

/// Whether the register of an argument is one of r8 to r15, and its number: rdi, rsi, rdx, r10.
fn register(argument: u8) -> (u8, u8) {
    match argument {
        0 => (0, 7),
        1 => (0, 6),
        2 => (0, 2),
        _ => (1, 2),
    }
}

/// `mov argument, number` (sign-extended).
fn set(argument: u8, number: i32, code: &mut Vec<u8>) {
    let (extended, register) = register(argument);
    code.extend([0x48 | extended, 0xc7, 0xc0 | register]);
    code.extend(number.to_le_bytes());
}

/// `mov argument, r8+source`.
fn copy(argument: u8, source: u8, code: &mut Vec<u8>) {
    let (extended, register) = register(argument);
    code.extend([0x4c | extended, 0x89, 0xc0 | (source << 3) | register]);
}

/// Linux, `arch/x86/entry/syscalls/syscall_64.tbl`.
fn number(call: Call) -> i32 {
    match call {
        Call::Write => 1,
        Call::Exit => 231,
        Call::OpenAt => 257,
        Call::MakeFolderAt => 258,
    }
}
