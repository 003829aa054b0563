use object::read::elf::{ElfFile64, FileHeader as _, ProgramHeader as _};
use object::{Architecture as Machine, Object as _};

use super::*;

#[test]
fn both_programs_are_static_elf_files_of_their_machine() {
    for (architecture, machine) in
        [(Architecture::Amd64, Machine::X86_64), (Architecture::Arm64, Machine::Aarch64)]
    {
        let bytes = gl(architecture, "0.2.0", true);
        let file = ElfFile64::<object::Endianness>::parse(&*bytes).unwrap();
        assert_eq!(file.architecture(), machine);
        assert_eq!(file.entry(), 0x40_0078);
        let header = file.elf_header();
        let segments = header.program_headers(object::Endianness::Little, &*bytes).unwrap();
        assert_eq!(segments.len(), 1);
        assert_eq!(segments[0].p_filesz(object::Endianness::Little), bytes.len() as u64);
        assert_eq!(bytes, gl(architecture, "0.2.0", true), "the same bytes every time");
    }
}

#[test]
fn arm64_instructions_are_encoded_as_assemblers_do() {
    use super::arm64::{encode, set_address, set_distance};
    use super::assembler::Step;
    let mut code = Vec::new();
    encode(Step::Start, &mut code);
    encode(Step::JumpIfFewer(2), &mut code);
    encode(Step::JumpUnlessByte(5, b'-'), &mut code);
    encode(Step::SetNumber(0, AT_FDCWD), &mut code);
    encode(Step::SetAddress(1), &mut code);
    encode(Step::System(Call::Write), &mut code);
    encode(Step::SetKept(0), &mut code);
    encode(Step::SetSecondArgument(1), &mut code);
    encode(Step::Keep, &mut code);
    encode(Step::JumpIfFailed, &mut code);
    set_distance(&mut code[16..20], 13 * 4);
    set_distance(&mut code[28..32], 10 * 4);
    set_address(&mut code[36..44], 0x40_1234);
    let words: Vec<u32> = code.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    // What LLVM makes of: ldr x19,[sp]; ldr x20,[sp,#16]; ldr x21,[sp,#24]; cmp x19,#2; b.lt +56;
    // ldrb w9,[x20,#5]; cmp w9,#45; b.ne +44; movn x0,#99; movz x1,#0x1234; movk x1,#0x40,lsl #16;
    // movz x8,#64; svc #0; mov x0,x22; mov x1,x21; mov x22,x0; cmp x0,#0; b.lt +0
    let expected = [
        0xf940_03f3,
        0xf940_0bf4,
        0xf940_0ff5,
        0xf100_0a7f,
        0x5400_01cb,
        0x3940_1689,
        0x7100_b53f,
        0x5400_0161,
        0x9280_0c60,
        0xd282_4681,
        0xf2a0_0801,
        0xd280_0808,
        0xd400_0001,
        0xaa16_03e0,
        0xaa15_03e1,
        0xaa00_03f6,
        0xf100_001f,
        0x5400_000b,
    ];
    assert_eq!(words, expected, "{words:x?}");
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod runs {
    use std::io::ErrorKind;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::{Command, Output};

    use super::*;

    fn native() -> Architecture {
        if cfg!(target_arch = "x86_64") { Architecture::Amd64 } else { Architecture::Arm64 }
    }

    fn run(folder: &Path, mended: bool, arguments: &[&str]) -> Output {
        let file = folder.join(format!("gl-{mended}"));
        if !file.exists() {
            std::fs::write(&file, gl(native(), "0.2.0", mended)).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
        }
        loop {
            match Command::new(&file).args(arguments).current_dir(folder).output() {
                // Another test's child may for a moment still hold the file open for writing.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
                output => return output.unwrap(),
            }
        }
    }

    fn said(output: &Output) -> (Option<i32>, &str, &str) {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    #[test]
    fn the_version_flag_works_only_after_the_fix() {
        let folder = tempfile::tempdir().unwrap();
        let before = run(folder.path(), false, &["--version"]);
        assert_eq!(said(&before), (Some(2), "", "Error: No such option: --version\n"));
        for mended in [false, true] {
            let version = run(folder.path(), mended, &["version"]);
            assert_eq!(said(&version), (Some(0), "gl 0.2.0\n", ""));
        }
        let after = run(folder.path(), true, &["--version"]);
        assert_eq!(said(&after), (Some(0), "gl 0.2.0\n", ""));
        assert_eq!(run(folder.path(), true, &["health"]).status.code(), Some(0));
    }

    #[test]
    fn anything_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for arguments in [&[][..], &["--versions"], &["--versio"], &["ru"], &[""]] {
            let refused = run(folder.path(), true, arguments);
            assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        }
    }

    #[test]
    fn a_run_reads_its_pipeline_and_writes_its_report() {
        let folder = tempfile::tempdir().unwrap();
        let missing = run(folder.path(), true, &["run", "demo.yaml"]);
        assert_eq!(said(&missing), (Some(1), "", "Error: cannot read the pipeline\n"));
        std::fs::write(folder.path().join("demo.yaml"), "steps: []\n").unwrap();
        let done = run(folder.path(), true, &["run", "demo.yaml"]);
        assert_eq!(said(&done), (Some(0), "wrote out/report.json\n", ""));
        let report = std::fs::read_to_string(folder.path().join("out/report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["status"], "ok");
        let again = run(folder.path(), true, &["run", "demo.yaml"]);
        assert_eq!(again.status.code(), Some(0), "the folder is there already");
    }
}
