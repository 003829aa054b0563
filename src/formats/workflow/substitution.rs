//! The scripts within words of a script: `$(…)`, backticks, `<(…)`.

use shuck_ast::{ConditionalExpr, StmtSeq, Word, WordPart, WordPartNode};

/// The scripts in a word, in their order.
pub(super) fn of_word(word: &Word) -> Vec<&StmtSeq> {
    of_parts(&word.parts)
}

fn of_parts(parts: &[WordPartNode]) -> Vec<&StmtSeq> {
    parts.iter().flat_map(of_part).collect()
}

fn of_part(part: &WordPartNode) -> Vec<&StmtSeq> {
    match &part.kind {
        WordPart::CommandSubstitution { body, .. } | WordPart::ProcessSubstitution { body, .. } => vec![body],
        WordPart::DoubleQuoted { parts, .. } => of_parts(parts),
        _ => Vec::new(),
    }
}

/// The scripts in what `[[ … ]]` looks at.
pub(super) fn of_condition(condition: &ConditionalExpr) -> Vec<&StmtSeq> {
    match condition {
        ConditionalExpr::Binary(both) => {
            let mut found = of_condition(&both.left);
            found.extend(of_condition(&both.right));
            found
        }
        ConditionalExpr::Unary(one) => of_condition(&one.expr),
        ConditionalExpr::Parenthesized(inner) => of_condition(&inner.expr),
        ConditionalExpr::Word(word) | ConditionalExpr::Regex(word) => of_word(word),
        ConditionalExpr::Pattern(_) | ConditionalExpr::VarRef(_) => Vec::new(),
    }
}
