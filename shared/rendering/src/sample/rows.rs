//! The rows of the sample: chosen by a hash of their number.

use super::controls::{SampleControl, Subject};
use domain::{EvidenceId, FindingRow, Outcome, evidence::Cell};

const GIVEN: [&str; 16] = [
    "ana",
    "björn",
    "chiara",
    "dmitri",
    "elif",
    "fatou",
    "grace",
    "hiro",
    "ines",
    "jonas",
    "katarína",
    "liam",
    "maría",
    "noor",
    "oskar",
    "priya",
];
const FAMILY: [&str; 16] = [
    "almeida",
    "bauer",
    "castellano",
    "dvořák",
    "eriksson",
    "fischer",
    "garcía",
    "horváth",
    "ivanova",
    "jensen",
    "kowalski",
    "lefèvre",
    "moreau",
    "nakamura",
    "okafor",
    "petrov",
];
const SYSTEMS: [&str; 6] = ["billing", "ledger", "identity", "orders", "analytics", "support"];
const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "ap-southeast-2"];
const PACKAGES: [&str; 5] = ["openssl", "zlib", "libxml2", "log4j-core", "curl"];

/// The row with that number.
pub(super) fn row(control: &SampleControl, index: u64, evidence: &[&EvidenceId]) -> FindingRow {
    let mut chance = Chance(index.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ control.id.len() as u64);
    let outcome = match chance.below(1000) {
        drawn if drawn >= control.exceptions => Outcome::Pass,
        0 | 5 => Outcome::Partial,
        _ => Outcome::Fail,
    };
    let detail = match outcome {
        Outcome::Pass => String::new(),
        Outcome::Partial => format!("{} It was corrected inside the period.", control.exception),
        _ => control.exception.to_owned(),
    };
    FindingRow {
        subject: subject(control.subject, index, &mut chance),
        outcome,
        severity: control.severity,
        detail,
        evidence: shown(evidence, &mut chance),
        values: control.columns.iter().map(|column| value(column, &mut chance)).collect(),
    }
}

/// The first and the last that show it.
fn shown(evidence: &[&EvidenceId], chance: &mut Chance) -> Vec<EvidenceId> {
    let first = chance.below(evidence.len() as u64);
    let last = first + chance.below(evidence.len() as u64 - first);
    let mut places = vec![first];
    places.extend((last > first).then_some(last));
    let at = |place: u64| usize::try_from(place).ok().and_then(|place| evidence.get(place));
    places.into_iter().filter_map(|place| at(place).map(|id| (*id).clone())).collect()
}

fn subject(subject: Subject, index: u64, chance: &mut Chance) -> String {
    let person = person(chance);
    let system = pick(&SYSTEMS, chance);
    match subject {
        Subject::Person => format!("{person}-{index}"),
        Subject::Grant => format!("{person} on {system}-{:02}.grant_{index}", chance.below(40)),
        Subject::Bucket => format!("arn:aws:s3:::acme-{system}-{}-{index}", pick(&REGIONS, chance)),
        Subject::Change => format!("{system}!{index}"),
        Subject::Scan => format!("registry.acme.example/{system}/api:{}.{index}", chance.below(9)),
        Subject::Database => format!("{system}-cluster-{index}"),
    }
}

fn value(column: &str, chance: &mut Chance) -> Cell {
    let day = |chance: &mut Chance| format!("2026-{:02}-{:02}", 1 + chance.below(9), 1 + chance.below(28));
    match column {
        "mfa_active" => Cell::Boolean(chance.below(100) > 1),
        "age_days" | "days_open" | "minutes" => Cell::Integer(i64::try_from(chance.below(120)).unwrap_or_default()),
        "role" => Cell::Text(
            ["read_only", "read_write", "owner"].get(chance.index(3)).copied().unwrap_or_default().to_owned(),
        ),
        "ticket" => Cell::Text(format!("OPS-{}", 1000 + chance.below(9000))),
        "key_id" => Cell::Text(format!("AKIA{:012}", chance.below(999_999_999_999))),
        "author" | "reviewer" => Cell::Text(person(chance)),
        "region" => Cell::Text(pick(&REGIONS, chance).to_owned()),
        "package" => Cell::Text(pick(&PACKAGES, chance).to_owned()),
        "encryption" => Cell::Text("aws:kms".to_owned()),
        "systems" => Cell::Integer(i64::try_from(chance.below(7)).unwrap_or_default()),
        _ => Cell::Text(format!("{}T{:02}:15:00Z", day(chance), chance.below(24))),
    }
}

fn person(chance: &mut Chance) -> String {
    format!("{}.{}", pick(&GIVEN, chance), pick(&FAMILY, chance))
}

fn pick(from: &[&'static str], chance: &mut Chance) -> &'static str {
    from.get(chance.index(from.len())).copied().unwrap_or_default()
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough to look arbitrary, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }
}
