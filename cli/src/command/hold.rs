//! `exhibit hold`

use super::Output;
use crate::{CommandError, ExitCode, Home, holding, pipeline, sealing::OwnLog};
use clap::{Args, Subcommand};
use domain::{Actor, HoldName, HoldState, LegalHold};

#[derive(Debug, Subcommand)]
pub(super) enum Hold {
    /// Lock a report and all it rests on without a date: nothing of it can be removed until the hold is lifted.
    Place(Place),
    /// Ask that a hold be lifted; when somebody else asked already, lift it. Two different people have to: on one machine --as is a
    /// convention that nobody enforces, and the log keeps both names.
    Release(Release),
    /// List the holds.
    List,
}

#[derive(Debug, Args)]
pub(super) struct Place {
    /// A name for it, as case-2026-17. No name is given twice.
    name: HoldName,
    /// The report: its id, the first digits of it, or the id of a run that made it.
    #[arg(value_name = "REPORT")]
    report: String,
    /// Why; stands in the log.
    #[arg(long)]
    reason: String,
    /// Who places it, if not the actor of the data directory.
    #[arg(long = "as", value_name = "ACTOR")]
    actor: Option<Actor>,
}

#[derive(Debug, Args)]
pub(super) struct Release {
    /// The hold.
    name: HoldName,
    /// Why; stands in the log.
    #[arg(long)]
    reason: String,
    /// Who asks or agrees, if not the actor of the data directory.
    #[arg(long = "as", value_name = "ACTOR")]
    actor: Option<Actor>,
}

impl Hold {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        match self {
            Hold::Place(place) => place.run(home, output).await?,
            Hold::Release(release) => release.run(home, output).await?,
            Hold::List => list(home, output).await?,
        }
        Ok(ExitCode::Done)
    }
}

impl Place {
    async fn run(self, home: &Home, output: &Output) -> Result<(), CommandError> {
        let report_id = pipeline::find(home, &self.report).await?.report_id;
        let hold = LegalHold {
            hold: self.name,
            report_id,
            reason: self.reason,
            placed_by: self.actor.unwrap_or_else(|| home.actor.clone()),
            placed_at: home.clock.now(),
            state: HoldState::Placed,
        };
        let objects = holding::place(&OwnLog::of(home), &hold).await?;
        output.say(format!("The hold {} lies on the report {report_id}: {objects} objects are locked.", hold.hold));
        output.say("A directory shows that something was removed; it cannot prevent it.");
        output.answer(&serde_json::json!({"hold": hold, "objects": objects}))
    }
}

impl Release {
    async fn run(self, home: &Home, output: &Output) -> Result<(), CommandError> {
        let (custodian, tenant, name) = (&home.storage.custodian, &home.tenant, &self.name);
        if custodian.hold(tenant, name).await?.is_none() {
            return Err(CommandError::Invalid(format!("there is no hold {name}; `exhibit hold list` lists them")));
        }
        let actor = self.actor.unwrap_or_else(|| home.actor.clone());
        let hold = custodian.release_hold(tenant, name, &actor, &self.reason, home.clock.now()).await?;
        let mut lifted = 0;
        match &hold.state {
            HoldState::Released { asked_by, released_by, .. } => {
                lifted = holding::lift(&OwnLog::of(home), &hold).await?;
                output.say(format!(
                    "The hold {name} was lifted: {asked_by} asked and {released_by} agreed; {lifted} objects were unlocked."
                ));
            }
            HoldState::ReleaseAsked { asked_by, .. } => {
                output.say(format!(
                    "{asked_by} asks that the hold {name} be lifted. It holds until somebody else agrees:"
                ));
                output.say(format!("  exhibit hold release {name} --reason … --as ACTOR"));
            }
            HoldState::Placed => {}
        }
        output.answer(&serde_json::json!({"hold": hold, "unlocked": lifted}))
    }
}

async fn list(home: &Home, output: &Output) -> Result<(), CommandError> {
    let holds = home.storage.custodian.holds(&home.tenant).await?;
    let header = ["hold", "report", "state", "placed by", "at", "reason"].map(str::to_owned).to_vec();
    let row = |hold: &LegalHold| {
        let (report, at) = (hold.report_id.short(), hold.placed_at.to_string());
        vec![hold.hold.to_string(), report, word(&hold.state), hold.placed_by.to_string(), at, hold.reason.clone()]
    };
    output.table(&std::iter::once(header).chain(holds.iter().map(row)).collect::<Vec<_>>());
    output.answer(&holds)
}

fn word(state: &HoldState) -> String {
    match state {
        HoldState::Placed => "holds".to_owned(),
        HoldState::ReleaseAsked { asked_by, .. } => format!("holds; {asked_by} asks that it be lifted"),
        HoldState::Released { asked_by, released_by, .. } => format!("lifted by {asked_by} and {released_by}"),
    }
}
