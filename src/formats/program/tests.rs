use proptest::prelude::*;

use super::*;

/// A 64-bit little-endian ELF file with one program header; the loader's name at `loader_at`.
fn elf64(machine: u16, loader: Option<(&str, usize)>) -> Vec<u8> {
    let mut file = vec![0; 120];
    file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    file[16..18].copy_from_slice(&2_u16.to_le_bytes());
    file[18..20].copy_from_slice(&machine.to_le_bytes());
    file[20..24].copy_from_slice(&1_u32.to_le_bytes());
    file[32..40].copy_from_slice(&64_u64.to_le_bytes());
    file[52..54].copy_from_slice(&64_u16.to_le_bytes());
    file[54..56].copy_from_slice(&56_u16.to_le_bytes());
    file[56..58].copy_from_slice(&1_u16.to_le_bytes());
    if let Some((name, at)) = loader {
        file[64..68].copy_from_slice(&3_u32.to_le_bytes());
        file[72..80].copy_from_slice(&(at as u64).to_le_bytes());
        file[96..104].copy_from_slice(&(name.len() as u64 + 1).to_le_bytes());
        file.resize(at, 0);
        file.extend(name.as_bytes());
        file.push(0);
    }
    file
}

/// A 32-bit ELF header.
fn elf32(machine: u16, flags: u32, little: bool) -> Vec<u8> {
    let mut file = vec![0; 52];
    file[..7].copy_from_slice(b"\x7fELF\x01\x01\x01");
    file[5] = if little { 1 } else { 2 };
    let two = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let four = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    file[16..18].copy_from_slice(&two(2));
    file[18..20].copy_from_slice(&two(machine));
    file[20..24].copy_from_slice(&four(1));
    file[36..40].copy_from_slice(&four(flags));
    file[40..42].copy_from_slice(&two(52));
    file
}

fn machine(head: &[u8]) -> String {
    match of(head) {
        Program::Elf { machine, .. } | Program::Pe { machine } => machine,
        other => panic!("no binary: {other:?}"),
    }
}

#[test]
fn machines_are_told_as_oci_architectures() {
    for (number, expected) in
        [(62, "amd64"), (183, "arm64"), (243, "riscv64"), (21, "ppc64le"), (258, "loong64"), (22, "s390x")]
    {
        assert_eq!(machine(&elf64(number, None)), expected);
    }
    assert_eq!(machine(&elf64(4711, None)), "ELF machine 4711");
    assert_eq!(machine(&elf32(3, 0, true)), "386");
    assert_eq!(machine(&elf32(40, 0x0500_0400, true)), "arm/v7");
    assert_eq!(machine(&elf32(40, 0x0500_0200, true)), "arm");
    assert_eq!(machine(&elf32(8, 0, false)), "mips");
}

#[test]
fn a_loader_is_found_wherever_its_name_stands() {
    let name = "/lib64/ld-linux-x86-64.so.2";
    for at in [120, HEAD - 5, HEAD, HEAD + 70_000] {
        let file = elf64(62, Some((name, at)));
        let Program::Elf { interpreter, .. } = read(&mut file.as_slice()).unwrap() else { panic!("ELF") };
        assert_eq!(interpreter.as_deref(), Some(name), "at {at}");
    }
    let Program::Elf { interpreter, .. } = read(&mut elf64(62, None).as_slice()).unwrap() else {
        panic!("ELF")
    };
    assert_eq!(interpreter, None);
}

#[test]
fn a_script_names_its_interpreter_and_at_most_one_argument() {
    let interpreter = |head: &[u8]| match of(head) {
        Program::Script { interpreter } => interpreter,
        other => panic!("no script: {other:?}"),
    };
    assert_eq!(interpreter(b"#!/bin/sh\necho"), ["/bin/sh"]);
    assert_eq!(interpreter(b"#! /usr/bin/env -S python3 -u\n"), ["/usr/bin/env", "-S python3 -u"]);
}

#[test]
fn a_windows_program_is_told_by_its_header() {
    let mut file = vec![0; 0x90];
    file[..2].copy_from_slice(b"MZ");
    file[0x3c..0x40].copy_from_slice(&0x80_u32.to_le_bytes());
    file[0x80..0x86].copy_from_slice(b"PE\0\0\x64\x86");
    assert_eq!(of(&file), Program::Pe { machine: "amd64".to_owned() });
    assert_eq!(of(b"MZ"), Program::Other);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(start in 0..4_usize, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let magic: [&[u8]; 4] = [b"\x7fELF\x02\x01\x01", b"\x7fELF\x01\x02\x01", b"MZ", b"#!"];
        let file = [magic[start], &bytes].concat();
        let _ = read(&mut file.as_slice());
    }
}
