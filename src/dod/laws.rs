//! What holds of every judgement, whatever the facts: any facts of the sample on its way taken away, unseen or
//! found absent.

use proptest::prelude::*;

use super::judge;
use super::testing::{Sample, sample};
use crate::model::{Absence, AbsenceKind, Decision, Fact, FactKey, Risk, Status};

/// What becomes of a fact.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// It is not there: pending, or nobody asks for it.
    Gone,
    /// It could not be looked at.
    Unseen,
    /// It is authoritatively not there.
    Absent,
}

fn any_losses() -> impl Strategy<Value = Vec<(prop::sample::Index, Loss)>> {
    let loss = prop::sample::select(vec![Loss::Gone, Loss::Unseen, Loss::Absent]);
    prop::collection::vec((any::<prop::sample::Index>(), loss), 0..6)
}

fn lose(sample: &mut Sample, losses: &[(prop::sample::Index, Loss)]) {
    for (index, loss) in losses {
        let keys: Vec<FactKey> = sample.facts.iter().map(|(key, _)| key.clone()).collect();
        let key = index.get(&keys);
        match loss {
            Loss::Gone => {
                sample.facts.remove(key);
            }
            Loss::Unseen => sample.unsee(key),
            Loss::Absent => {
                let absence = Absence { kind: AbsenceKind::NotFound, text: "404".to_owned() };
                sample.put(key.clone(), Fact::absent(key, absence));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn verdict_score_blockers_and_plan_agree(stage in 0..3_usize, losses in any_losses()) {
        let mut sample = [sample, Sample::staged, Sample::complete][stage]();
        lose(&mut sample, &losses);
        let judged = judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
        prop_assert_eq!(judged.findings.len(), 10);
        prop_assert!(judged.proven.points <= judged.readiness.points);
        prop_assert_eq!(judged.verdict.is_none(), judged.readiness.looking > 0);
        for finding in &judged.findings {
            prop_assert!(!finding.note.is_empty(), "{:?}", finding.item);
            prop_assert_eq!(finding.points == Some(10), finding.status == Status::Complete);
        }
        let Some(verdict) = &judged.verdict else { return Ok(()) };
        let stopped = judged.findings.iter().any(|finding| finding.hard_stop.is_some());
        match verdict.decision {
            Decision::GO => {
                prop_assert!(judged.blockers.iter().all(|blocker| blocker.severity < Risk::High));
                prop_assert!(verdict.conditional || judged.proven.points == 100);
                prop_assert!(!stopped);
            }
            Decision::NO_GO => {
                prop_assert!(!judged.blockers.is_empty(), "{:?}", verdict.reasons);
                prop_assert!(!judged.plan.is_empty(), "{:?}", verdict.reasons);
                prop_assert!(!(verdict.undecided && stopped));
            }
        }
        prop_assert_eq!(judged.risk == Risk::Critical, stopped);
        prop_assert!(judged.blockers.is_sorted_by_key(|blocker| std::cmp::Reverse(blocker.severity)));
        prop_assert!(judged.plan.is_sorted_by_key(|step| step.part));
    }
}
