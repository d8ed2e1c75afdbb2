//! Faults on purpose: every call of a store can fail, in both forms in which calls fail.

use crate::StorageError;
use std::{fmt, future::Future, pin::Pin, sync::Arc};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It was not done.
    Failed,
    /// It was done, and the answer was lost.
    AnswerLost,
}

/// A call of a store: which, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// `locker.deposit`, `table.transact` …
    pub name: &'static str,
    /// The object or record.
    pub key: String,
}

/// A call under way, without its type.
type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, StorageError>> + Send + 'a>>;

// What waits for many calls of a client of AWS would otherwise be of a type too deep for the compiler, which then cannot tell
// either that it may move between threads.
pub(crate) fn boxed<'a, T>(call: impl Future<Output = Result<T, StorageError>> + Send + 'a) -> Asked<'a, T> {
    Box::pin(call)
}

type Decide = dyn Fn(&Operation) -> Option<Fault> + Send + Sync;

/// Decides before each call whether it fails, and how. Tests plug one in; everything else uses [`FaultHook::none`].
#[derive(Clone, Default)]
pub struct FaultHook(Option<Arc<Decide>>);

impl FaultHook {
    /// No faults.
    pub fn none() -> Self {
        Self(None)
    }

    /// Faults as `decide` says.
    pub fn new(decide: impl Fn(&Operation) -> Option<Fault> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(decide)))
    }

    pub(crate) fn around<'a, T: 'a>(
        &'a self,
        name: &'static str,
        key: &str,
        call: impl Future<Output = Result<T, StorageError>> + Send + 'a,
    ) -> Asked<'a, T> {
        let fault = self.0.as_ref().and_then(|decide| decide(&Operation { name, key: key.to_owned() }));
        let injected = format!("a fault was injected on {key}");
        let injected = move || StorageError::unavailable(name, &injected);
        boxed(async move {
            match fault {
                None => call.await,
                Some(Fault::Failed) => Err(injected()),
                Some(Fault::AnswerLost) => call.await.and(Err(injected())),
            }
        })
    }
}

impl fmt::Debug for FaultHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "FaultHook(plugged)" } else { "FaultHook(none)" })
    }
}
