//! A connection to MySQL or MariaDB.

use super::failed::failed;
use crate::{
    ask::Ask,
    network::{self, Address},
};
use collecting::CollectError;
use mysql_async::{Conn, OptsBuilder, SslOpts};

/// Connects to one of the addresses that were checked: with TLS, unless they are this machine.
pub(super) async fn open(ask: &Ask, address: &Address) -> Result<Conn, CollectError> {
    let place = address.resolve(ask.access.private).await?;
    let tls = if place.is_here { None } else { Some(tls()?) };
    let options = OptsBuilder::default()
        .ip_or_hostname(address.host.as_str())
        // The name is what stands in the certificate; these are where the connection goes.
        .resolved_ips(Some(place.addresses))
        .tcp_port(address.port)
        .db_name(Some(address.database.as_str()))
        .user(ask.access.user.as_deref())
        .pass(Some(ask.secret()))
        // A server could otherwise lead to a socket of this machine.
        .prefer_socket(false)
        .stmt_cache_size(0)
        .ssl_opts(tls);
    Conn::new(options).await.map_err(|error| failed(ask, &error))
}

/// The certificates that this machine trusts, and not those that come with the library.
fn tls() -> Result<SslOpts, CollectError> {
    network::use_ring();
    let roots = network::roots()?.into_iter().map(Into::into).collect();
    Ok(SslOpts::default().with_disable_built_in_roots(true).with_root_certs(roots))
}
