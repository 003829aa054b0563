//! Severities from words, scores and CVSS vectors.

use std::str::FromStr as _;

use cvss_rs::v2_0::CvssV2;
use cvss_rs::v3::CvssV3;
use cvss_rs::v4_0::CvssV4;
use cvss_rs::{Severity as Rating, score_to_severity};

use crate::model::Severity;

/// A severity in a word, as scanners and distributions write it; none for `unknown` and what is no severity.
pub fn of_word(word: &str) -> Option<Severity> {
    const WORDS: [(&str, Severity); 10] = [
        ("critical", Severity::Critical),
        ("high", Severity::High),
        ("important", Severity::High),
        ("medium", Severity::Medium),
        ("moderate", Severity::Medium),
        ("low", Severity::Low),
        ("negligible", Severity::Negligible),
        ("unimportant", Severity::Negligible),
        ("none", Severity::Negligible),
        ("minimal", Severity::Negligible),
    ];
    let word = word.trim();
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, severity)| *severity)
}

/// The severity of a CVSS score.
pub fn of_score(score: f64) -> Option<Severity> {
    score_to_severity(score).map(|rating| match rating {
        Rating::None => Severity::Negligible,
        Rating::Low => Severity::Low,
        Rating::Medium => Severity::Medium,
        Rating::High => Severity::High,
        Rating::Critical => Severity::Critical,
    })
}

/// The severity of a CVSS vector of version 2, 3 or 4; none where it is no vector or an incomplete one.
pub fn of_vector(vector: &str) -> Option<Severity> {
    let vector = vector.trim();
    let score = if vector.starts_with("CVSS:4") {
        CvssV4::from_str(vector).ok()?.calculated_full_score()
    } else if vector.starts_with("CVSS:3") {
        CvssV3::from_str(vector).ok()?.calculated_base_score()
    } else {
        CvssV2::from_str(vector).ok()?.calculated_base_score()
    };
    of_score(score?)
}

/// The severity of a score whose form is not known: a word, a number, or a vector (which may lack the `CVSS:3.1/`
/// that its method names).
pub fn of_anything(method: &str, score: &str) -> Option<Severity> {
    let number = || score.trim().parse::<f64>().ok().and_then(of_score);
    let vector = || of_vector(score);
    let bare = || {
        let digits: String = method.chars().filter(char::is_ascii_digit).take(2).collect();
        let version = match digits.as_str() {
            "3" | "30" => "3.0",
            "31" => "3.1",
            "4" | "40" => "4.0",
            _ => return None,
        };
        of_vector(&format!("CVSS:{version}/{}", score.trim()))
    };
    of_word(score).or_else(number).or_else(vector).or_else(bare)
}
