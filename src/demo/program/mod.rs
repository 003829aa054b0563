//! The demo's program `gl`: a tiny static ELF program, assembled here, that really runs.
//!
//! The repository holds no binaries, and the demo must not need a compiler for two architectures. So the
//! few instructions that `gl` needs are encoded in [`amd64`] and [`arm64`], and what it does is said once,
//! in [`gl`].

mod amd64;
mod arm64;
mod assembler;
mod elf;

use assembler::{Assembler, Call, Text, Value};

/// What the demo's program is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// x86-64.
    Amd64,
    /// AArch64.
    Arm64,
}

impl Architecture {
    /// The architecture of this name in OCI's spelling, where the demo has a program for it.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "amd64" => Some(Self::Amd64),
            "arm64" => Some(Self::Arm64),
            _ => None,
        }
    }

    /// OCI's name for it (`GOARCH`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

/// `openat` and `mkdirat`: relative to the working folder.
const AT_FDCWD: i32 = -100;
const O_RDONLY: i32 = 0;
/// `O_WRONLY | O_CREAT | O_TRUNC`, the same number on both architectures.
const O_REWRITE: i32 = 0o1 | 0o100 | 0o1000;
const STDOUT: i32 = 1;
const STDERR: i32 = 2;

/// The program as a whole ELF file.
///
/// `gl --version` prints `gl VERSION`; before the fix it says "No such option: --version" and exits with 2.
/// `gl version` prints the version in both. `gl run FILE` reads the pipeline and writes `out/report.json`.
/// `gl health` exits with 0. Anything else exits with 2.
pub fn gl(architecture: Architecture, version: &str, mended: bool) -> Vec<u8> {
    let mut program = Assembler::new(architecture);
    let printed = program.text(&format!("gl {version}\n"));
    let unknown = program.label();
    program.start();
    program.unless_arguments(2, unknown);

    if mended {
        command(&mut program, "--version", |program| say_and_exit(program, STDOUT, printed, 0));
    } else {
        let refused = program.text("Error: No such option: --version\n");
        command(&mut program, "--version", |program| say_and_exit(program, STDERR, refused, 2));
    }
    command(&mut program, "version", |program| say_and_exit(program, STDOUT, printed, 0));
    command(&mut program, "health", |program| exit(program, 0));
    command(&mut program, "run", |program| run(program, version));

    program.place(unknown);
    let usage = program.text("Usage: gl [version | run PIPELINE | health]\n");
    say_and_exit(&mut program, STDERR, usage, 2);
    program.elf()
}

/// `body`, when the first argument is `word`; `body` ends the program.
fn command(program: &mut Assembler, word: &str, body: impl FnOnce(&mut Assembler)) {
    let next = program.label();
    program.unless_word(word, next);
    body(program);
    program.place(next);
}

fn run(program: &mut Assembler, version: &str) {
    let (no_pipeline, no_report) = (program.label(), program.label());
    program.unless_arguments(3, no_pipeline);
    let here = Value::Number(AT_FDCWD);
    program.system(Call::OpenAt, &[here, Value::SecondArgument, Value::Number(O_RDONLY), Value::Number(0)]);
    program.keep_result_or(no_pipeline);

    let folder = program.text("out\0");
    let file = program.text("out/report.json\0");
    // A folder that is there already is no trouble: what counts is whether the file can be written.
    program.system(Call::MakeFolderAt, &[here, Value::Address(folder), Value::Number(0o755)]);
    let mode = Value::Number(0o644);
    program.system(Call::OpenAt, &[here, Value::Address(file), Value::Number(O_REWRITE), mode]);
    program.keep_result_or(no_report);
    let report = program.text(&format!("{{\"program\":\"gl {version}\",\"status\":\"ok\"}}\n"));
    write(program, Value::Kept, report);
    program.keep_result_or(no_report);
    let written = program.text("wrote out/report.json\n");
    say_and_exit(program, STDOUT, written, 0);

    program.place(no_pipeline);
    let missing = program.text("Error: cannot read the pipeline\n");
    say_and_exit(program, STDERR, missing, 1);
    program.place(no_report);
    let missing = program.text("Error: cannot write out/report.json\n");
    say_and_exit(program, STDERR, missing, 1);
}

fn say_and_exit(program: &mut Assembler, stream: i32, text: Text, code: i32) {
    write(program, Value::Number(stream), text);
    exit(program, code);
}

fn write(program: &mut Assembler, file: Value, text: Text) {
    program.system(Call::Write, &[file, Value::Address(text), Value::Length(text)]);
}

fn exit(program: &mut Assembler, code: i32) {
    program.system(Call::Exit, &[Value::Number(code)]);
}

#[cfg(test)]
mod tests;
