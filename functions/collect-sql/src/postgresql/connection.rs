//! A connection to PostgreSQL.

use super::failed::failed;
use crate::{
    ask::Ask,
    network::{self, Address, Place},
};
use collecting::CollectError;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::{
    Client, Config, NoTls,
    config::{ChannelBinding, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

const CONNECT: Duration = Duration::from_secs(15);

/// A client, and what keeps its connection going. Dropped, both end.
pub(super) struct Connection {
    pub(super) client: Client,
    going: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.going.abort();
    }
}

impl Connection {
    /// Connects to one of the addresses that were checked: with TLS, unless they are this machine.
    pub(super) async fn open(ask: &Ask, address: &Address) -> Result<Self, CollectError> {
        let place = address.resolve(ask.access.private).await?;
        let config = configuration(ask, address, &place);
        if place.is_here {
            let (client, connection) = config.connect(NoTls).await.map_err(|error| failed(ask, &error))?;
            // What ends it is told to the client's next statement.
            return Ok(Self { client, going: tokio::spawn(async { drop(connection.await) }) });
        }
        let tls = MakeRustlsConnect::new(network::tls()?);
        let (client, connection) = config.connect(tls).await.map_err(|error| failed(ask, &error))?;
        Ok(Self { client, going: tokio::spawn(async { drop(connection.await) }) })
    }
}

fn configuration(ask: &Ask, address: &Address, place: &Place) -> Config {
    let mut config = Config::new();
    for ip in &place.addresses {
        // The host is the name in the certificate; the address is where the connection goes.
        config.host(address.host.as_str()).hostaddr(*ip).port(address.port);
    }
    config.dbname(address.database.as_str()).application_name("exhibit").connect_timeout(CONNECT);
    config.user(ask.access.user.as_deref().unwrap_or_default());
    config.password(ask.secret());
    let (mode, binding) = match place.is_here {
        true => (SslMode::Disable, ChannelBinding::Disable),
        false => (SslMode::Require, ChannelBinding::Prefer),
    };
    config.ssl_mode(mode).channel_binding(binding);
    config
}
