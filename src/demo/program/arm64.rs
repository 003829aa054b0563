//! The instructions of AArch64 that `gl` needs (Arm ARM, chapter C6).

use super::assembler::{Call, Step};

const ARGC: u32 = 19;
const FIRST: u32 = 20;
const SECOND: u32 = 21;
const KEPT: u32 = 22;
const SCRATCH: u32 = 9;
const NUMBER: u32 = 8;
const NOT_EQUAL: u32 = 1;
const LESS: u32 = 11;

/// Appends the encoding of a step.
pub(super) fn encode(step: Step, code: &mut Vec<u8>) {
    match step {
        Step::Start => {
            push(code, 0xf940_03e0 | ARGC); // ldr x19, [sp]
            push(code, 0xf940_0be0 | FIRST); // ldr x20, [sp, #16]
            push(code, 0xf940_0fe0 | SECOND); // ldr x21, [sp, #24]
        }
        Step::JumpIfFewer(count) => {
            push(code, 0xf100_001f | (u32::from(count) << 10) | (ARGC << 5)); // cmp x19, #count
            push(code, 0x5400_0000 | LESS); // b.lt
        }
        Step::JumpUnlessByte(at, byte) => {
            // ldrb w9, [x20, #at]; cmp w9, #byte; b.ne
            push(code, 0x3940_0000 | (u32::from(at) << 10) | (FIRST << 5) | SCRATCH);
            push(code, 0x7100_001f | (u32::from(byte) << 10) | (SCRATCH << 5));
            push(code, 0x5400_0000 | NOT_EQUAL);
        }
        Step::SetNumber(argument, number) => set(u32::from(argument), number, code),
        Step::SetAddress(argument) => {
            push(code, 0xd280_0000 | u32::from(argument)); // movz x, #0
            push(code, 0xf2a0_0000 | u32::from(argument)); // movk x, #0, lsl #16
        }
        Step::SetSecondArgument(argument) => copy(u32::from(argument), SECOND, code),
        Step::SetKept(argument) => copy(u32::from(argument), KEPT, code),
        Step::System(call) => {
            set(NUMBER, number(call), code);
            push(code, 0xd400_0001); // svc #0
        }
        Step::Keep => copy(KEPT, 0, code),
        Step::JumpIfFailed => {
            push(code, 0xf100_001f); // cmp x0, #0
            push(code, 0x5400_0000 | LESS); // b.lt
        }
    }
}

fn push(code: &mut Vec<u8>, instruction: u32) {
    code.extend(instruction.to_le_bytes());
}

/// `movz x, #number`, or `movn x, #!number` below zero; the demo's numbers have 16 bits.
fn set(register: u32, number: i32, code: &mut Vec<u8>) {
    let (opcode, bits) = if number < 0 { (0x9280_0000, !number) } else { (0xd280_0000, number) };
    push(code, opcode | ((bits.cast_unsigned() & 0xffff) << 5) | register);
}

/// `mov x, x`.
fn copy(to: u32, from: u32, code: &mut Vec<u8>) {
    push(code, 0xaa00_03e0 | (from << 16) | to);
}

/// Fills in a conditional branch: `distance` is from the instruction's end, the encoding counts
/// instructions from its beginning.
pub(super) fn set_distance(branch: &mut [u8], distance: i32) {
    let instructions = ((distance + 4) / 4).cast_unsigned() & 0x7_ffff;
    or(branch, instructions << 5);
}

/// Fills in both halves of an address.
pub(super) fn set_address(moves: &mut [u8], address: i32) {
    let address = address.cast_unsigned();
    or(&mut moves[..4], (address & 0xffff) << 5);
    or(&mut moves[4..], (address >> 16) << 5);
}

fn or(instruction: &mut [u8], bits: u32) {
    for (byte, more) in instruction.iter_mut().zip(bits.to_le_bytes()) {
        *byte |= more;
    }
}

/// Linux, `include/uapi/asm-generic/unistd.h`.
fn number(call: Call) -> i32 {
    match call {
        Call::Write => 64,
        Call::Exit => 94,
        Call::OpenAt => 56,
        Call::MakeFolderAt => 34,
    }
}
