//! ClickHouse's own engine in a process, behind the HTTP interface of `clickhouse.py`.

use super::{
    SECRET, access,
    server::{Server, free_port, keep, run},
};
use catalog::{SqlAccess, SqlEngine};
use std::{
    env, fs,
    net::TcpStream,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The one account that asks an engine in a process.
pub const ACCOUNT: &str = "default";

/// An engine that runs, and how it is asked. It ends when this is dropped.
pub struct Engine {
    pub access: SqlAccess,
    _server: Server,
}

/// What an engine begins with.
pub struct Beginning<'a> {
    /// Statements that fill it.
    pub planted: &'a str,
    /// What the account that asks may do: GRANT statements, and its settings profile.
    pub grants: &'a [&'a str],
    pub profile: &'a str,
    /// Further users and roles, as users.xml has them, and members of config.xml.
    pub users: &'a str,
    pub roles: &'a str,
    pub configuration: &'a str,
}

/// An engine whose default database is `database`, or none, said on one line.
pub fn engine(database: &str, beginning: &Beginning<'_>) -> Option<Engine> {
    let python = python()?;
    let (folder, port) = (tempfile::Builder::new().prefix("exhibit-").tempdir().unwrap().keep(), free_port());
    write(&folder, beginning);
    let mut command = keep("KILL", &folder, "root", python);
    // What leaves the zone to the server must not go unseen.
    command.arg(carrier()).arg(&folder).arg(port.to_string()).env("TZ", "Asia/Kathmandu");
    let server = run(command, folder, port, PathBuf::new());
    server.wait(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
    let access = access(SqlEngine::Clickhouse, &format!("http://127.0.0.1:{port}/{database}"), Some(ACCOUNT));
    Some(Engine { access, _server: server })
}

fn carrier() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/clickhouse.py")
}

/// The interpreter of the environment in which chdb is, or none, said on one line.
fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(find_python).as_deref()
}

fn find_python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let environment = target.join("tools/python/chdb");
    let installed = fs::read_dir(environment.join("lib"))
        .is_ok_and(|folders| folders.flatten().any(|folder| folder.path().join("site-packages/chdb").exists()));
    if !installed {
        println!("skipped: there is no chdb in {} (README.md says how to install it)", environment.display());
    }
    installed.then(|| environment.join("bin/python"))
}

fn write(folder: &Path, beginning: &Beginning<'_>) {
    let users = folder.join("users.xml");
    let grants: String = beginning.grants.iter().map(|grant| format!("<query>{grant}</query>")).collect();
    let account = format!(
        "<{ACCOUNT}><password></password><networks><ip>::/0</ip></networks><profile>{}</profile><grants>{grants}</grants></{ACCOUNT}>",
        beginning.profile
    );
    let profiles = "<profiles><default/><only_reading><readonly>1</readonly></only_reading><reading><readonly>2</readonly></reading></profiles>";
    let text = format!(
        "<clickhouse>{profiles}<quotas><default/></quotas><roles>{}</roles><users>{account}{}</users></clickhouse>",
        beginning.roles, beginning.users
    );
    fs::write(&users, text).unwrap();
    let configuration =
        format!("<clickhouse><users_config>{}</users_config>{}</clickhouse>", users.display(), beginning.configuration);
    fs::write(folder.join("config.xml"), configuration).unwrap();
    fs::write(folder.join("planted.sql"), beginning.planted).unwrap();
    fs::write(folder.join("password"), SECRET).unwrap();
}
