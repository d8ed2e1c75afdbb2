//! `exhibit waive`

use super::Output;
use crate::{CommandError, ExitCode, Home};
use clap::Args;
use domain::{Actor, EvidenceId, Slot};

#[derive(Debug, Args)]
pub(super) struct Waive {
    /// The evidence that need not be there: <control>.<source>.<period>, as reports and `exhibit status` name it.
    #[arg(value_name = "EVIDENCE_ID")]
    evidence: EvidenceId,
    /// Why; stands in the log and in every report that it is missing from.
    #[arg(long)]
    reason: String,
    /// Who decided, if not the actor of the data directory.
    #[arg(long = "as", value_name = "ACTOR")]
    actor: Option<Actor>,
}

impl Waive {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let slot = self.evidence.slot(home.tenant.clone()).map_err(|error| CommandError::Invalid(error.to_string()))?;
        refuse_unknown(home, &slot).await?;
        let actor = self.actor.unwrap_or_else(|| home.actor.clone());
        let record = home.storage.custodian.waive(&slot, &actor, &self.reason, home.clock.now()).await?;
        output
            .say(format!("{} need not be there. It stays a gap in reports, with who decided and why.", self.evidence));
        output.say("Evidence of it that comes all the same is kept, and counts.");
        output.answer(&record)?;
        Ok(ExitCode::Done)
    }
}

// To waive what nobody asked for would be a decision about nothing.
async fn refuse_unknown(home: &Home, slot: &Slot) -> Result<(), CommandError> {
    let control = home.catalog.control(&slot.control);
    let asked = control.is_some_and(|control| {
        let same_length = slot.period.granularity() == Some(control.period);
        same_length && control.collect.iter().any(|collection| collection.source == slot.source)
    });
    let commitments = home.storage.custodian.commitments(&home.tenant).await?;
    let committed = commitments.in_force(&slot.control, slot.period.start()).is_some_and(|commitment| {
        slot.period.granularity() == Some(commitment.every) && commitment.sources.contains(&slot.source)
    });
    if asked || committed {
        return Ok(());
    }
    let id = slot.evidence_id();
    Err(CommandError::Invalid(format!(
        "nothing asks for {id}: neither the catalog nor a commitment in the log has that slot"
    )))
}
