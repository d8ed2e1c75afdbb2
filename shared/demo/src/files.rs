//! Which files there are, and what is in them.

use crate::{
    GapCause, PlantedGap,
    accounts::Accounts,
    backups::Backups,
    calendar::{FIRST, LAST, QUARTER, day, days, last_day, plus},
    changes::Changes,
    code::Code,
    databases::{Clusters, Grants},
    office::Office,
    people::People,
    plan::Plan,
    privileges,
    requests::Requests,
    scanner::Scanner,
    sure,
    terraform::Estate,
    trail::Trail,
};
use domain::{Granularity, Period};
use jiff::civil::{Date, Weekday};

/// Everything that files are made of.
pub(crate) struct Content {
    people: People,
    accounts: Accounts,
    trail: Trail,
    requests: Requests,
    clusters: Clusters,
    grants: Grants,
    changes: Changes,
    code: Code,
    estate: Estate,
    backups: Backups,
    scanner: Scanner,
    office: Office,
}

/// A file, before it is made.
#[derive(Debug, Clone, Copy)]
enum Kind {
    CredentialReport,
    PasswordPolicy,
    Terraform,
    People,
    Training,
    AccessRequests,
    ChangeRequests,
    Incidents,
    PullRequests,
    ProductionAccess,
    Deployments,
    Grants,
    Clusters,
    BackupJobs,
    RestoreTests,
    Weaknesses,
    Secrets,
    Reviews,
}

const DAILY: [Kind; 2] = [Kind::CredentialReport, Kind::Terraform];
const WEEKLY: [Kind; 4] = [Kind::People, Kind::Clusters, Kind::Weaknesses, Kind::Secrets];
const MONTHLY: [Kind; 10] = [
    Kind::PasswordPolicy,
    Kind::Training,
    Kind::AccessRequests,
    Kind::ChangeRequests,
    Kind::Incidents,
    Kind::PullRequests,
    Kind::ProductionAccess,
    Kind::Deployments,
    Kind::Grants,
    Kind::BackupJobs,
];
const QUARTERLY: [Kind; 2] = [Kind::RestoreTests, Kind::Reviews];

const MISSING_REPORT: Date = day(8, 15);
const MISSING_CLUSTERS: Date = day(8, 16);
const BROKEN_STATE: Date = day(7, 22);

/// The slots that cannot be collected, by evidence id.
pub(crate) fn gaps() -> Vec<PlantedGap> {
    let gap = |id: &str, reason| PlantedGap { evidence_id: sure(id.parse()), reason };
    vec![
        gap("access-mfa.aws-iam.2026-08-15", GapCause::FileMissing),
        gap("database-audit.database-catalog.2026-W33", GapCause::FileMissing),
        gap("storage-public.terraform-state.2026-07-22", GapCause::FileMalformed),
    ]
}

impl Content {
    pub(crate) fn new(seed: u64, plan: &mut Plan) -> Self {
        let people = People::new(seed, plan);
        let accounts = Accounts::new(seed, &people, plan);
        let mut trail = Trail::new(seed, &people);
        let mut requests = Requests::new(seed, &people);
        privileges::add(seed, &people, &mut trail, &mut requests, plan);
        let clusters = Clusters::new(seed, &people, plan);
        let grants = Grants::new(seed, &people, &clusters, &mut requests, plan);
        requests.finish(plan);
        let operators: Vec<String> = people.operators().iter().map(|person| person.email()).collect();
        let engineers: Vec<String> = people.engineers().iter().map(|person| person.email()).collect();
        Self {
            changes: Changes::new(seed, &people, plan),
            code: Code::new(seed, &people, plan),
            estate: Estate::new(seed, &clusters, plan),
            backups: Backups::new(seed, &clusters, operators.clone(), plan),
            scanner: Scanner::new(seed, plan),
            office: Office::new(seed, &engineers, &operators, plan),
            people,
            accounts,
            trail,
            requests,
            clusters,
            grants,
        }
    }

    /// Every file by path, made one at a time.
    pub(crate) fn files(&self) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
        let mut wanted: Vec<(String, Kind, Date)> = days(FIRST, LAST)
            .flat_map(|on| kinds(on).map(move |kind| (kind.path(on), kind, on)))
            .filter(|(_, kind, on)| !is_missing(*kind, *on))
            .collect();
        wanted.sort_by(|a, b| a.0.cmp(&b.0));
        let trail = days(FIRST, LAST).flat_map(|on| {
            let files = self.trail.files(on);
            files.map(|(name, bytes)| (format!("aws-cloudtrail/{on}/{name}"), bytes))
        });
        trail.chain(wanted.into_iter().map(|(path, kind, on)| (path, self.bytes(kind, on))))
    }

    fn bytes(&self, kind: Kind, on: Date) -> Vec<u8> {
        match kind {
            Kind::CredentialReport => self.accounts.report(on),
            Kind::PasswordPolicy => self.office.password_policy(on),
            Kind::Terraform => self.state(on),
            Kind::People => self.people.list(on),
            Kind::Training => self.people.completions(on),
            Kind::AccessRequests => self.requests.export(on),
            Kind::ChangeRequests => self.changes.export(on),
            Kind::Incidents => self.office.incidents(on),
            Kind::PullRequests => self.code.merged(&month(on)),
            Kind::ProductionAccess => self.code.access(on),
            Kind::Deployments => self.changes.releases(&month(on)),
            Kind::Grants => self.grants.list(on),
            Kind::Clusters => self.clusters.list(on),
            Kind::BackupJobs => self.backups.jobs(&month(on)),
            Kind::RestoreTests => self.backups.tests(on),
            Kind::Weaknesses => self.scanner.findings(on),
            Kind::Secrets => self.scanner.log(on),
            Kind::Reviews => self.office.reviews(on),
        }
    }

    fn state(&self, on: Date) -> Vec<u8> {
        let mut state = self.estate.state(on);
        if on == BROKEN_STATE {
            state.truncate(state.len() / 2);
        }
        state
    }
}

// What is delivered for a day. Before the quarter, only what ends a month.
fn kinds(on: Date) -> impl Iterator<Item = Kind> {
    let ends_month = plus(on, 1).day() == 1;
    let ends_quarter = ends_month && on.month() % 3 == 0;
    let in_quarter = on >= QUARTER;
    let ends_week = in_quarter && on.weekday() == Weekday::Sunday;
    let daily = DAILY.into_iter().filter(move |_| in_quarter || ends_month);
    let weekly = WEEKLY.into_iter().filter(move |_| ends_week || ends_month);
    let monthly = MONTHLY.into_iter().filter(move |_| ends_month);
    daily.chain(weekly).chain(monthly).chain(QUARTERLY.into_iter().filter(move |_| ends_quarter))
}

fn is_missing(kind: Kind, on: Date) -> bool {
    match kind {
        Kind::CredentialReport => on == MISSING_REPORT,
        Kind::Clusters => on == MISSING_CLUSTERS,
        _ => false,
    }
}

fn month(on: Date) -> Period {
    let noon = on.at(12, 0, 0, 0);
    let instant = jiff::tz::TimeZone::UTC.to_timestamp(noon);
    let month = sure(Granularity::Month.containing(sure(instant)));
    debug_assert_eq!(last_day(&month), on, "files of a month are made on its last day");
    month
}

impl Kind {
    fn path(self, on: Date) -> String {
        let month = format!("{:04}-{:02}", on.year(), on.month());
        match self {
            Kind::CredentialReport => format!("aws-iam/credential-report-{on}.csv"),
            Kind::PasswordPolicy => format!("aws-iam/password-policy-{on}.json"),
            Kind::Terraform => format!("terraform/production-{on}.tfstate"),
            Kind::People => format!("hr/people-{on}.csv"),
            Kind::Training => format!("training/completions-{on}.csv"),
            Kind::AccessRequests => format!("ticketing/access-requests-{on}.json"),
            Kind::ChangeRequests => format!("ticketing/change-requests-{on}.json"),
            Kind::Incidents => format!("ticketing/incidents-{on}.json"),
            Kind::PullRequests => format!("source-control/pull-requests-{month}.json"),
            Kind::ProductionAccess => format!("deploy/production-access-{on}.csv"),
            Kind::Deployments => format!("deploy/deployments-{month}.jsonl"),
            Kind::Grants => format!("databases/grants-{on}.csv"),
            Kind::Clusters => format!("databases/clusters-{on}.json"),
            Kind::BackupJobs => format!("backups/jobs-{month}.csv"),
            Kind::RestoreTests => format!("backups/restore-tests-{on}.csv"),
            Kind::Weaknesses => format!("scanner/findings-{on}.ocsf.json"),
            Kind::Secrets => format!("scanner/secrets-{on}.sarif"),
            Kind::Reviews => format!("access-reviews/reviews-{on}.csv"),
        }
    }
}
