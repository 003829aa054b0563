//! What a second reader, the crate `parse-dockerfile`, makes of the same files.

use parse_dockerfile::{Instruction as Other, Keyword, Span};
use proptest::prelude::*;

use super::lines;

/// Name, line, and of a USER its argument, of every instruction.
type Read = Vec<(String, u32, Option<String>)>;

fn ours(text: &str) -> Read {
    let (_, instructions) = lines::instructions(text);
    let argument = |it: &lines::Instruction| (it.name == "USER").then(|| it.rest.trim().to_owned());
    instructions.iter().map(|it| (it.name.clone(), it.line, argument(it))).collect()
}

fn theirs(text: &str) -> Read {
    let read = parse_dockerfile::parse(text).unwrap_or_else(|error| panic!("{error}: {text:?}"));
    let line = |span: &Span| u32::try_from(text[..span.start].matches('\n').count() + 1).unwrap();
    let named = |instruction: &Other| {
        let (name, keyword) = keyword(instruction);
        let argument = match instruction {
            Other::User(user) => Some(user.arguments.value.trim().to_owned()),
            _ => None,
        };
        (name.to_owned(), line(&keyword.span), argument)
    };
    read.instructions.iter().map(named).collect()
}

fn keyword<'i>(instruction: &'i Other) -> (&'static str, &'i Keyword) {
    match instruction {
        Other::Add(it) => ("ADD", &it.add),
        Other::Arg(it) => ("ARG", &it.arg),
        Other::Cmd(it) => ("CMD", &it.cmd),
        Other::Copy(it) => ("COPY", &it.copy),
        Other::Entrypoint(it) => ("ENTRYPOINT", &it.entrypoint),
        Other::Env(it) => ("ENV", &it.env),
        Other::Expose(it) => ("EXPOSE", &it.expose),
        Other::From(it) => ("FROM", &it.from),
        Other::Healthcheck(it) => ("HEALTHCHECK", &it.healthcheck),
        Other::Label(it) => ("LABEL", &it.label),
        Other::Maintainer(it) => ("MAINTAINER", &it.maintainer),
        Other::Onbuild(it) => ("ONBUILD", &it.onbuild),
        Other::Run(it) => ("RUN", &it.run),
        Other::Shell(it) => ("SHELL", &it.shell),
        Other::Stopsignal(it) => ("STOPSIGNAL", &it.stopsignal),
        Other::User(it) => ("USER", &it.user),
        Other::Volume(it) => ("VOLUME", &it.volume),
        Other::Workdir(it) => ("WORKDIR", &it.workdir),
        other => panic!("an instruction of another kind: {other:?}"),
    }
}

#[test]
fn two_readers_find_the_same_instructions() {
    for text in [
        "# syntax=docker/dockerfile:1\nARG A=b\nFROM --platform=$BUILDPLATFORM golang:1 AS build\nRUN --mount=type=cache,target=/x make \\\n  # why\n\n  all\nFROM scratch\nUSER 1:1\n",
        "FROM alpine\r\nRUN a \\\r\n  b\r\nUSER app\r\nHEALTHCHECK --interval=3s CMD [\"/app\", \"-h\"]\r\n",
        "FROM alpine\nRUN <<EOF\nUSER nobody\nFROM x\nEOF\nUSER app\nCOPY <<-one <<two /x/\n\tLABEL a=b\n\tone\nLABEL c=d\ntwo\nLABEL e=f\n",
        "# escape=`\nFROM windows\nRUN dir `\n  c:\\\nUSER ContainerUser\n",
        "FROM alpine\nONBUILD RUN x\nonbuild user y\nEXPOSE 80/tcp 90\nVOLUME [\"/data\"]\nVOLUME /a /b\nSTOPSIGNAL 9\nSHELL [\"/bin/bash\", \"-c\"]\nMAINTAINER me\nENV A=b C=\"d e\"\nENV F g h\nLABEL a=\"b\\\n c\"\nWORKDIR /x\nADD a b /c/\nENTRYPOINT exec x\nCMD [\"y\"]\nHEALTHCHECK NONE\n",
    ] {
        assert_eq!(ours(text), theirs(text), "{text}");
    }
}

fn instruction() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "FROM alpine:3\n",
        "from scratch\n",
        "ARG A=b\n",
        "ENV A=b \\\n  C=d\n",
        "RUN make \\\n\n  # a comment\n  all\n",
        "RUN <<EOF\nUSER root\nEOF\n",
        // Behind a command, as in `RUN cat <<A`, the other reader knows none; BuildKit does.
        "RUN <<'A'\n# x\nFROM y\nA\n",
        "COPY --from=build --chown=1:1 /a /b\n",
        "COPY [\"a b\", \"/c/\"]\n",
        "ADD https://example.org/x /y\n",
        "LABEL a.b=\"c d\" e=f\n",
        "  USER app\n",
        "User 10001:10001\n",
        "HEALTHCHECK --retries=3 --timeout=3s \\\n  CMD curl localhost\n",
        "ENTRYPOINT [\"/app\", \"run\"]\n",
        "CMD echo \"a # b\"\n",
        "# a comment\n",
        "\n",
        "   \n",
    ])
}

proptest! {
    #[test]
    fn two_readers_find_the_same_in_any_order(parts in prop::collection::vec(instruction(), 0..12), crlf in any::<bool>()) {
        let text = format!("FROM alpine\n{}", parts.concat());
        let has_heredoc = text.contains("<<");
        let text = if crlf && !has_heredoc { text.replace('\n', "\r\n") } else { text };
        prop_assert_eq!(ours(&text), theirs(&text));
    }
}
