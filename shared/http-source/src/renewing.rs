//! What proves a request: headers, a token that is asked for when there is none, a signature.

use crate::{
    authentication::{Proving, Token},
    exchange::{Meaning, Proof, Reply},
    filling::Sent,
    sending::Sending,
};
use collecting::CollectError;
use std::time::{Instant, SystemTime};
use tokio::time::timeout;

impl Sending {
    /// The headers that prove who sends `sent`.
    pub(crate) async fn proofs(&mut self, sent: &Sent) -> Result<Vec<Proof>, CollectError> {
        self.renew().await?;
        match &mut self.proving {
            Proving::Always(proofs) => Ok(proofs.clone()),
            Proving::Token(_, token) => Ok(token.iter().map(Token::proof).collect()),
            Proving::Signature(signature) => {
                let proofs = signature.proofs(sent, SystemTime::now(), &mut self.concealed);
                let time = self.deadline.left().min(self.source.bounds.whole);
                let late = || CollectError::Unanswered {
                    endpoint: "the credentials of AWS".to_owned(),
                    reason: "they did not come in time".to_owned(),
                };
                timeout(time, proofs).await.map_err(|_| late())?
            }
        }
    }

    // Asks for a token, where one is needed and there is none that is good.
    async fn renew(&mut self) -> Result<(), CollectError> {
        let (sent, proof) = match &self.proving {
            Proving::Token(_, Some(token)) if token.is_good(Instant::now()) => return Ok(()),
            Proving::Token(request, _) => (request.sent.clone(), request.proof.clone()),
            Proving::Always(_) | Proving::Signature(_) => return Ok(()),
        };
        let reply = self.token(&sent, &proof).await?;
        let token = Token::read(&reply, Instant::now(), &mut self.concealed);
        let token = token.map_err(|reason| self.unusable(&sent, reason.to_owned()))?;
        if let Proving::Token(_, kept) = &mut self.proving {
            *kept = Some(token);
        }
        Ok(())
    }

    // It counts as a request to the source, and is followed nowhere else.
    async fn token(&self, sent: &Sent, proof: &Proof) -> Result<Reply, CollectError> {
        let mut attempt = 1;
        loop {
            let (reason, wanted) = match self.once(sent, vec![proof.clone()]).await? {
                Err(reason) => (reason, None),
                Ok(reply) => match reply.meaning(SystemTime::now()) {
                    Meaning::Answered => return Ok(reply),
                    Meaning::Again(wanted) => (reply.told(&self.concealed), wanted),
                    // A client that is not known is told with status 400, too (RFC 6749, section 5.2).
                    _ if reply.status < 500 => return Err(self.denied(sent, &reply)),
                    _ => return Err(self.unusable(sent, reply.told(&self.concealed))),
                },
            };
            self.pause(sent, attempt, reason, wanted).await?;
            attempt += 1;
        }
    }
}
