//! Limits of sources, held by everybody who asks them together: threads, processes, functions.

use crate::CollectError;
use catalog::{Limit, LimitPeriod};
use domain::{SourceId, TenantId, Timestamp};
use jiff::SignedDuration;
use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};
use storage::{Custodian, StorageError};
use tokio::{sync::Mutex, time::sleep};

/// Held by whoever takes a place.
type Turn = Arc<Mutex<()>>;

/// Gives out requests to sources, one after the other and so far apart that no limit is exceeded, wherever they are asked from.
///
/// Each source has a record in the Table: up to which instant requests are given out. Whoever wants to ask moves it on by one request's share
/// under a condition, and asks when its own instant has come. Who comes too late to keep its place takes a new one, so that two requests are
/// never closer than their places.
#[derive(Debug, Clone)]
pub struct Pace {
    custodian: Custodian,
    // One at a time in this process: only processes contend for the record.
    taking: Arc<Mutex<BTreeMap<(TenantId, SourceId), Turn>>>,
}

// Others are in the way for as long as they write: each look comes after a pause of its own.
const LOOKS: u32 = 200;
const PAUSE: Duration = Duration::from_millis(4);
// How much later than its place a request may still begin, as a part of the limit's period; the share of each is that much larger.
const LATE: i32 = 10;

impl Pace {
    /// Limits that are held by the records of `custodian`.
    pub fn new(custodian: Custodian) -> Self {
        Self { custodian, taking: Arc::default() }
    }

    /// Waits until `source` may be asked once. Fails when that is not before `deadline`.
    pub async fn wait(
        &self,
        tenant: &TenantId,
        source: &SourceId,
        limit: Limit,
        deadline: Timestamp,
    ) -> Result<(), CollectError> {
        let own = Arc::clone(self.taking.lock().await.entry((tenant.clone(), source.clone())).or_default());
        loop {
            let place = {
                let _taking = own.lock().await;
                self.take(tenant, source, limit, deadline).await?
            };
            sleep(until(place, Timestamp::now())).await;
            if Timestamp::now().duration_since(place) <= Share::of(limit).late {
                return Ok(());
            }
        }
    }

    // The instant of the next request that is not given out.
    async fn take(
        &self,
        tenant: &TenantId,
        source: &SourceId,
        limit: Limit,
        deadline: Timestamp,
    ) -> Result<Timestamp, CollectError> {
        for look in 0..LOOKS {
            let found = self.custodian.pace(tenant, source).await.map_err(of_store)?;
            let (given_out_to, version) = found.map_or((None, None), |(to, version)| (Some(to), Some(version)));
            let (place, next) = Share::of(limit).next(given_out_to, Timestamp::now());
            if place > deadline {
                let reason =
                    format!("its limit of {} a {:?} leaves no room before {deadline}", limit.requests, limit.per);
                return Err(CollectError::Unanswered { endpoint: source.to_string(), reason });
            }
            match self.custodian.set_pace(tenant, source, version, next).await {
                Ok(()) => return Ok(place),
                Err(StorageError::Changed { .. }) => sleep(PAUSE.mul_f64(random() * f64::from(look.min(8) + 1))).await,
                Err(error) => return Err(of_store(error)),
            }
        }
        let reason = "too many others ask for their turn at once".to_owned();
        Err(CollectError::Unanswered { endpoint: source.to_string(), reason })
    }
}

fn of_store(error: StorageError) -> CollectError {
    CollectError::Output(std::io::Error::other(error))
}

fn until(place: Timestamp, now: Timestamp) -> Duration {
    place.duration_since(now).try_into().unwrap_or(Duration::ZERO)
}

/// A number from 0 to 1 that nobody chose, for pauses alone.
pub fn random() -> f64 {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a pause may be a little longer or shorter")]
    let share = RandomState::new().hash_one(std::process::id()) as f64 / u64::MAX as f64;
    share
}

/// What one request takes of a limit: the generic cell rate algorithm (ITU-T I.371) with a burst where the period is long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Share {
    /// How far apart requests are when they come for long.
    apart: SignedDuration,
    /// How far ahead of that they may be.
    burst: SignedDuration,
    /// How late one may begin.
    late: SignedDuration,
}

impl Share {
    // In any stretch as long as the limit's period there begin at most `requests`: so many of them, one more and the one that was late
    // span more than that.
    fn of(limit: Limit) -> Self {
        let period = SignedDuration::try_from(limit.per.duration()).unwrap_or(SignedDuration::MAX);
        let requests = i32::try_from(limit.requests.max(1)).unwrap_or(i32::MAX);
        let burst = match limit.per {
            LimitPeriod::Minute | LimitPeriod::Hour if requests >= 10 => period / 2,
            _ => SignedDuration::ZERO,
        };
        let late = period / LATE;
        Self { apart: (period + burst + late) / requests, burst, late }
    }

    /// When the next request may begin, and up to when requests are given out then.
    fn next(self, given_out_to: Option<Timestamp>, now: Timestamp) -> (Timestamp, Timestamp) {
        let to = given_out_to.map_or(now, |to| to.max(now));
        let place = to.checked_sub(self.burst).unwrap_or(to).max(now);
        (place, to.checked_add(self.apart).unwrap_or(Timestamp::MAX))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    // Somebody who always wants to ask, and begins as late as it may whenever that makes the most of it.
    fn begins(limit: Limit, count: usize) -> Vec<Timestamp> {
        let share = Share::of(limit);
        let (mut given, mut now) = (None, Timestamp::UNIX_EPOCH);
        let mut begins = Vec::new();
        for number in 0..count {
            let (place, next) = share.next(given, now);
            given = Some(next);
            now = now.max(place);
            begins.push(if number == 0 { place.checked_add(share.late).unwrap() } else { place });
        }
        begins
    }

    #[test]
    fn no_stretch_as_long_as_the_period_has_more_than_the_limit() {
        for (requests, per) in [
            (1, LimitPeriod::Second),
            (5, LimitPeriod::Second),
            (50, LimitPeriod::Second),
            (3, LimitPeriod::Minute),
            (100, LimitPeriod::Minute),
            (5000, LimitPeriod::Hour),
        ] {
            let limit = Limit { requests, per };
            let begins = begins(limit, requests as usize * 3 + 2);
            let period = SignedDuration::try_from(per.duration()).unwrap();
            for pair in begins.windows(requests as usize + 1) {
                let (first, last) = (pair.first().unwrap(), pair.last().unwrap());
                assert!(last.duration_since(*first) >= period, "{limit:?}: {first} {last}");
            }
        }
    }

    #[test]
    fn a_long_period_may_begin_with_many_at_once() {
        let limit = Limit { requests: 5000, per: LimitPeriod::Hour };
        let at_once = begins(limit, 5000).iter().filter(|begin| begin.as_second() == 0).count();
        assert!((1000..2000).contains(&at_once), "{at_once}");
    }
}
