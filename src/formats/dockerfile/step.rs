//! Which line of a Dockerfile a step of BuildKit's stands for.

use std::collections::BTreeSet;

use super::lines::{Instruction, instructions, words};

/// The line of what failed: as `said` by BuildKit, else that of the step, which BuildKit names
/// `[linux/arm64 build 2/4] RUN make` (platform and stage where there are several).
pub fn line_of_failure(text: &str, step: Option<&str>, said: &str) -> Option<u32> {
    said_line(said).or_else(|| line_of_step(text, step?))
}

/// `dockerfile parse error line 3: …`, `dockerfile parse error on line 3: …`, `Dockerfile:3`.
fn said_line(said: &str) -> Option<u32> {
    let said = said.to_ascii_lowercase();
    let number = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok().filter(|line| *line > 0)
    };
    ["parse error line ", "parse error on line ", "dockerfile:"]
        .iter()
        .find_map(|before| number(said.split_once(before)?.1))
}

fn line_of_step(text: &str, step: &str) -> Option<u32> {
    let (place, instruction) = step.strip_prefix('[')?.split_once("] ")?;
    let mut place: Vec<&str> = place.split_whitespace().collect();
    let number: usize = place.pop()?.split_once('/')?.0.parse().ok()?;
    let stage = place.pop().filter(|stage| !stage.contains('/'));

    let (escape, all) = instructions(text);
    let stages = stages(&all, escape);
    let same = |found: &&Instruction| instruction.split_whitespace().next() == Some(found.name.as_str());
    let counted = chosen(&stages, stage)
        .and_then(|stage| stage.steps.get(number.checked_sub(1)?).copied())
        .filter(same);
    let written = |found: &&Instruction| spaced(instruction) == spaced(&whole(found));
    // What is written there counts more than a count, which other versions may begin elsewhere.
    let counted = counted.filter(written).or_else(|| all.iter().find(written)).or(counted);
    counted.map(|found| found.line)
}

/// A stage and those of its instructions that BuildKit counts as steps.
struct Stage<'a> {
    name: Option<String>,
    steps: Vec<&'a Instruction>,
}

fn stages(all: &[Instruction], escape: char) -> Vec<Stage<'_>> {
    let mut stages: Vec<Stage<'_>> = Vec::new();
    let mut names = BTreeSet::new();
    for instruction in all {
        match instruction.name.as_str() {
            "FROM" => {
                let words = words(&instruction.rest, escape);
                let base = words.first().map(|base| base.to_ascii_lowercase()).unwrap_or_default();
                let name = words.get(2).map(|name| name.to_ascii_lowercase());
                // A base that is empty or another stage is no step.
                let is_step = base != "scratch" && !names.contains(&base);
                names.extend(name.clone());
                stages.push(Stage { name, steps: is_step.then_some(instruction).into_iter().collect() });
            }
            "RUN" | "COPY" | "ADD" | "WORKDIR" => {
                if let Some(stage) = stages.last_mut() {
                    stage.steps.push(instruction);
                }
            }
            _ => {}
        }
    }
    stages
}

fn chosen<'s, 'a>(stages: &'s [Stage<'a>], name: Option<&str>) -> Option<&'s Stage<'a>> {
    let Some(name) = name else { return stages.last() };
    let named = stages.iter().find(|stage| stage.name.as_deref() == Some(name));
    let by_number = || stages.get(name.strip_prefix("stage-")?.parse::<usize>().ok()?);
    named.or_else(by_number)
}

fn whole(instruction: &Instruction) -> String {
    format!("{} {} {}", instruction.name, instruction.flags.join(" "), instruction.rest)
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# syntax\nARG BASE=scratch\nFROM golang:1 AS build\nWORKDIR /src\nENV A=b\n\
                        RUN go build \\\n  ./...\nRUN go test\n\nFROM scratch\nCOPY --from=build /src/app /app\n\
                        USER 1\nRUN [\"/app\"]\n";

    fn line(step: &str) -> Option<u32> {
        line_of_failure(FILE, Some(step), "exit code: 1")
    }

    #[test]
    fn a_step_is_found_by_its_stage_and_number() {
        for (step, expected) in [
            ("[build 1/4] FROM docker.io/library/golang:1", 3),
            ("[build 2/4] WORKDIR /src", 4),
            ("[build 3/4] RUN go build   ./...", 6),
            ("[linux/arm64 build 4/4] RUN go test", 8),
            ("[stage-1 1/2] COPY --from=build /src/app /app", 11),
            ("[stage-1 2/2] RUN [\"/app\"]", 13),
        ] {
            assert_eq!(line(step), Some(expected), "{step}");
        }
    }

    #[test]
    fn a_step_that_counts_from_elsewhere_is_found_by_what_it_does() {
        assert_eq!(line("[build 9/9] RUN go test"), Some(8));
    }

    #[test]
    fn variables_that_buildkit_filled_in_do_not_hide_a_step() {
        let file = "FROM scratch\nARG V=1\nCOPY app-$V /app\n";
        assert_eq!(line_of_failure(file, Some("[1/1] COPY app-1 /app"), ""), Some(3));
    }

    #[test]
    fn a_line_that_buildkit_says_counts() {
        for said in [
            "failed to solve: dockerfile parse error on line 3: unknown instruction: FRUM",
            "dockerfile parse error line 3: unknown instruction: FRUM",
            "Dockerfile:3\n---",
        ] {
            assert_eq!(line_of_failure(FILE, None, said), Some(3), "{said}");
        }
    }

    #[test]
    fn what_is_no_instruction_has_no_line() {
        for step in ["[internal] load build context", "exporting to image", "[x", "[a/b] RUN x"] {
            assert_eq!(line(step), None, "{step}");
        }
    }
}
