//! `exhibit cosign`

use super::{Output, verify::parsed};
use crate::{CommandError, ExitCode, Home, sealing::OwnLog};
use clap::Args;
use custody_log::{AddCheckpoint, LogError, SignedCheckpoint, TileName, Tiles, WitnessKey, prove_consistency};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct From {
    /// Where the witness answers (c2sp.org/tlog-witness): the address before /add-checkpoint.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A checkpoint that the witness cosigned, or the line of its cosignature, as `exhibit witness see` gives it.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Cosign {
    #[command(flatten)]
    from: From,
    /// The witness's key, or a file with it.
    #[arg(long, value_name = "VKEY")]
    witness: String,
}

// How often the witness may say that it knows another size than we thought.
const ATTEMPTS: usize = 3;
const LARGEST_ANSWER: u64 = 64 << 10;

impl Cosign {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let witness: WitnessKey = parsed(&self.witness)?;
        OwnLog::of(home).seal().await?;
        let published = home.storage.custodian.checkpoint(&home.tenant).await?;
        let (size, note) = published.ok_or_else(|| CommandError::Invalid("the log is empty".to_owned()))?;
        let note = SignedCheckpoint::read(&note).map_err(invalid)?;
        let line = match (self.from.url, self.from.file) {
            (Some(url), _) => ask(home, &url, &note).await?,
            (_, Some(path)) => line_of(&witness, &std::fs::read(&path).map_err(CommandError::file(&path))?)?,
            (None, None) => return Err(CommandError::Invalid("give --url or --file".to_owned())),
        };
        let cosigned = note.cosign(&witness, &line).map_err(|error| {
            CommandError::Invalid(format!("{error}, or it is of another checkpoint than the newest, of {size} entries"))
        })?;
        home.storage.custodian.publish_checkpoint(&home.tenant, size, &cosigned.to_bytes()).await?;
        output.say(format!("The checkpoint of {size} entries is cosigned by {}.", witness.name()));
        output.answer(&serde_json::json!({"size": size, "witness": witness.to_string()}))?;
        Ok(ExitCode::Done)
    }
}

fn invalid(error: LogError) -> CommandError {
    CommandError::Invalid(error.to_string())
}

// The last line of a note that begins with the witness's name; a line by itself is one, too.
fn line_of(witness: &WitnessKey, bytes: &[u8]) -> Result<Vec<u8>, CommandError> {
    let text = String::from_utf8_lossy(bytes);
    let own = format!("— {} ", witness.name());
    let line = text.lines().rfind(|line| line.starts_with(&own));
    let line = line.ok_or_else(|| CommandError::Invalid(format!("it has no cosignature by {}", witness.name())))?;
    Ok(format!("{line}\n").into_bytes())
}

async fn ask(home: &Home, url: &str, note: &SignedCheckpoint) -> Result<Vec<u8>, CommandError> {
    let tiles = Kept::read(home, note.claim().size).await?;
    let address = format!("{}/add-checkpoint", url.trim_end_matches('/'));
    let mut old = 0;
    for _ in 0..ATTEMPTS {
        let claim = note.claim();
        if old > claim.size {
            let message = format!(
                "the witness saw {old} entries of this log, which has {}: it was cut off, or restored",
                claim.size
            );
            return Err(CommandError::DoesNotHold(message));
        }
        let proof = prove_consistency(&tiles, claim.size, claim.root, old).map_err(invalid)?;
        let checkpoint = SignedCheckpoint::read(&note.to_bytes()).map_err(invalid)?;
        match post(&address, &AddCheckpoint { old, proof, checkpoint }.to_bytes())? {
            Answered::Cosigned(line) => return Ok(line),
            Answered::Knows(size) => old = size,
        }
    }
    Err(CommandError::Invalid(format!("{address}: the witness keeps naming other sizes; try again")))
}

enum Answered {
    Cosigned(Vec<u8>),
    Knows(u64),
}

fn post(address: &str, body: &[u8]) -> Result<Answered, CommandError> {
    let unreachable = |error: ureq::Error| CommandError::Invalid(format!("{address}: {error}"));
    let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent = agent.timeout_global(Some(Duration::from_secs(60))).build().new_agent();
    let mut response = agent.post(address).content_type("application/octet-stream").send(body).map_err(unreachable)?;
    let answer = response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec().map_err(unreachable)?;
    let text = String::from_utf8_lossy(&answer).trim().to_owned();
    match (response.status().as_u16(), text.parse()) {
        (200, _) => Ok(Answered::Cosigned(answer)),
        (409, Ok(size)) => Ok(Answered::Knows(size)),
        (status, _) => Err(CommandError::DoesNotHold(format!("{address}: the witness answers {status}: {text}"))),
    }
}

/// Every tile of hashes.
struct Kept(BTreeMap<TileName, Vec<u8>>);

impl Kept {
    async fn read(home: &Home, size: u64) -> Result<Self, CommandError> {
        let mut tiles = BTreeMap::new();
        for name in TileName::hashes_of(size) {
            tiles.insert(name, seal::tile(&home.storage, &home.tenant, name).await?);
        }
        Ok(Self(tiles))
    }
}

impl Tiles for Kept {
    fn tile(&self, name: TileName) -> Result<Vec<u8>, LogError> {
        let absent = || LogError::Tile { name: name.to_string(), reason: "it is not there".to_owned() };
        self.0.get(&name).cloned().ok_or_else(absent)
    }
}
