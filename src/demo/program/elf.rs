//! The smallest ELF file that Linux loads: a header, one segment, the code (System V ABI, chapters 4 and 5).

use super::Architecture;

const BASE: i32 = 0x40_0000;
const HEADERS: i32 = 64 + 56;
/// Where the code is in memory.
pub(super) const CODE_AT: i32 = BASE + HEADERS;
/// Larger than any page that arm64 kernels use.
const ALIGN: u64 = 0x1_0000;

/// A static program whose code begins at [`CODE_AT`] and which only reads and executes its memory.
pub(super) fn file(architecture: Architecture, code: &[u8]) -> Vec<u8> {
    let machine: u16 = match architecture {
        Architecture::Amd64 => 62,
        Architecture::Arm64 => 183,
    };
    let address = |at: i32| i64::from(at).to_le_bytes();
    let size = (code.len() as u64 + i64::from(HEADERS).cast_unsigned()).to_le_bytes();
    let mut file = Vec::new();
    // 64 bits, little-endian, version 1, System V; an executable
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend(2u16.to_le_bytes());
    file.extend(machine.to_le_bytes());
    file.extend(1u32.to_le_bytes());
    file.extend(address(CODE_AT)); // e_entry
    file.extend(64u64.to_le_bytes()); // e_phoff
    file.extend(0u64.to_le_bytes()); // e_shoff
    file.extend(0u32.to_le_bytes()); // e_flags
    for half in [64u16, 56, 1, 0, 0, 0] {
        file.extend(half.to_le_bytes()); // sizes and counts of the headers
    }
    file.extend(1u32.to_le_bytes()); // PT_LOAD
    file.extend(5u32.to_le_bytes()); // readable, executable
    file.extend(0u64.to_le_bytes()); // p_offset
    file.extend(address(BASE)); // p_vaddr
    file.extend(address(BASE)); // p_paddr
    file.extend(size); // p_filesz
    file.extend(size); // p_memsz
    file.extend(ALIGN.to_le_bytes());
    file.extend(code);
    file
}
