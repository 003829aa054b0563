//! What the first bytes of an executable file say that it is: ELF, PE, a script.

use std::io::{self, Read};

use object::Endianness;
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader as _};

use crate::model::Program;

/// How many first bytes are looked at: headers and, in practice, the loader's name.
pub const HEAD: usize = 8 << 10;

/// Loaders named further inside a file than this are not looked for, in bytes.
const FAR: u64 = 1 << 30;

/// Reads an executable file as far as it takes: its first bytes, and where its loader's name stands further
/// inside (patchelf moves it, so most of nixpkgs has it there) that far.
///
/// # Errors
/// What the reader failed with.
pub fn read(file: &mut impl Read) -> io::Result<Program> {
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head)?;
    let mut program = of(&head);
    let far = match head.get(4) {
        Some(1) if head.starts_with(b"\x7fELF") => far_loader::<elf::FileHeader32<Endianness>>(&head),
        Some(2) if head.starts_with(b"\x7fELF") => far_loader::<elf::FileHeader64<Endianness>>(&head),
        _ => None,
    };
    if let (Program::Elf { interpreter, .. }, Some((offset, length))) = (&mut program, far) {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut name = head.get(start..).unwrap_or_default().to_vec();
        io::copy(&mut file.take(offset.saturating_sub(head.len() as u64)), &mut io::sink())?;
        file.take(length.min(4096).saturating_sub(name.len() as u64)).read_to_end(&mut name)?;
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        *interpreter = (!name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned());
    }
    Ok(program)
}

/// Offset and length of a loader's name that does not lie within the first bytes.
fn far_loader<Header: FileHeader<Endian = Endianness>>(head: &[u8]) -> Option<(u64, u64)> {
    let header = Header::parse(head).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, head).ok()?;
    let segment = segments.iter().find(|segment| segment.p_type(endian) == elf::PT_INTERP)?;
    let (offset, length) = segment.file_range(endian);
    (offset.saturating_add(length) > head.len() as u64 && offset < FAR).then_some((offset, length))
}

/// Reads the first bytes of an executable file.
pub fn of(head: &[u8]) -> Program {
    if head.starts_with(b"#!") {
        return script(head);
    }
    if head.starts_with(b"\x7fELF") {
        let program = match head.get(4) {
            Some(1) => elf_program::<elf::FileHeader32<Endianness>>(head),
            Some(2) => elf_program::<elf::FileHeader64<Endianness>>(head),
            _ => None,
        };
        return program.unwrap_or(Program::Other);
    }
    if head.starts_with(b"MZ") {
        return pe(head).unwrap_or(Program::Other);
    }
    Program::Other
}

/// `#! interpreter [argument]`, as execve(2) reads it.
fn script(head: &[u8]) -> Program {
    let line = head[2..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(&line[..line.len().min(256)]).into_owned();
    let line = line.trim();
    let interpreter = match line.split_once([' ', '\t']) {
        Some((program, argument)) => vec![program.to_owned(), argument.trim().to_owned()],
        None => vec![line.to_owned()],
    };
    Program::Script { interpreter }
}

fn elf_program<Header: FileHeader<Endian = Endianness>>(head: &[u8]) -> Option<Program> {
    let header = Header::parse(head).ok()?;
    let endian = header.endian().ok()?;
    let little = endian == Endianness::Little;
    let machine =
        elf_machine(header.e_machine(endian), header.e_flags(endian).0, header.is_type_64(), little);
    // A table beyond the first bytes leaves the loader unknown, never the machine.
    let segments = header.program_headers(endian, head).unwrap_or_default();
    let interpreter = segments.iter().find_map(|segment| segment.interpreter(endian, head).ok().flatten());
    let interpreter = interpreter.map(|path| String::from_utf8_lossy(path).into_owned());
    Some(Program::Elf { machine, interpreter })
}

/// An ELF machine as an OCI architecture, with a variant where the header tells one.
fn elf_machine(machine: elf::Machine, flags: u32, is_64: bool, little: bool) -> String {
    let architecture = match machine {
        elf::EM_X86_64 => "amd64",
        elf::EM_386 => "386",
        elf::EM_AARCH64 => "arm64",
        elf::EM_ARM if flags & elf::EF_ARM_ABI_FLOAT_HARD != 0 => "arm/v7",
        elf::EM_ARM => "arm",
        elf::EM_RISCV if is_64 => "riscv64",
        elf::EM_PPC64 if little => "ppc64le",
        elf::EM_PPC64 => "ppc64",
        elf::EM_S390 => "s390x",
        elf::EM_LOONGARCH if is_64 => "loong64",
        elf::EM_MIPS if is_64 && little => "mips64le",
        elf::EM_MIPS if is_64 => "mips64",
        elf::EM_MIPS if little => "mipsle",
        elf::EM_MIPS => "mips",
        other => return format!("ELF machine {}", other.0),
    };
    architecture.to_owned()
}

fn pe(head: &[u8]) -> Option<Program> {
    let offset = usize::try_from(u32::from_le_bytes(head.get(0x3c..0x40)?.try_into().ok()?)).ok()?;
    let header = head.get(offset..offset.checked_add(6)?)?;
    if !header.starts_with(b"PE\0\0") {
        return None;
    }
    let machine = match object::pe::Machine(u16::from_le_bytes([header[4], header[5]])) {
        object::pe::IMAGE_FILE_MACHINE_AMD64 => "amd64".to_owned(),
        object::pe::IMAGE_FILE_MACHINE_I386 => "386".to_owned(),
        object::pe::IMAGE_FILE_MACHINE_ARM64 => "arm64".to_owned(),
        object::pe::IMAGE_FILE_MACHINE_ARMNT => "arm/v7".to_owned(),
        other => format!("PE machine {:#06x}", other.0),
    };
    Some(Program::Pe { machine })
}

#[cfg(test)]
mod tests;
