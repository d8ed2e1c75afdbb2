//! Real servers on this machine, each in a folder of its own, which end with the program that started them.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

/// A server that listens on `port` of this machine.
pub struct Server {
    pub port: u16,
    pub folder: PathBuf,
    pub programs: PathBuf,
    /// Until this is closed, the server runs.
    _running: Option<ChildStdin>,
    _child: Child,
}

/// PostgreSQL, or none, said on one line.
pub fn postgresql() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(start_postgresql).as_ref()
}

/// MariaDB, or none, said on one line.
pub fn mariadb() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(start_mariadb).as_ref()
}

fn newest(pattern: &str) -> Option<PathBuf> {
    let (folder, rest) = pattern.split_once('*').unwrap();
    let mut found: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found.into_iter().rev().map(|path| path.join(rest.trim_start_matches('/'))).find(|path| path.exists())
}

fn start_postgresql() -> Option<Server> {
    let Some(programs) = newest("/usr/lib/postgresql/*/bin").filter(|programs| programs.join("initdb").exists()) else {
        println!("skipped: there is no /usr/lib/postgresql/*/bin (apt-get install postgresql)");
        return None;
    };
    let (folder, port) = (folder("postgres"), free_port());
    let data = folder.join("data");
    let mut initdb = as_user("postgres", &programs.join("initdb"));
    initdb.args([
        "--username=postgres",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--encoding=UTF8",
        "--no-sync",
    ]);
    ended(initdb.arg("--locale=C.UTF-8").arg("-D").arg(&data));
    let mut command = keep("QUIT", &folder, "postgres", &programs.join("postgres"));
    command.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-p", &port.to_string(), "-c", "listen_addresses=*"]);
    command.args(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_wal_size=4GB"]);
    // Whoever asks from elsewhere than this machine's loopback needs TLS.
    fs::write(
        data.join("pg_hba.conf"),
        "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\nhostssl all all all scram-sha-256\n",
    )
    .unwrap();
    certificate(&folder, "postgres").inspect(|_| {
        command.args(["-c", "ssl=on", "-c"]).arg(format!("ssl_cert_file={}", folder.join("server.crt").display()));
        command.arg("-c").arg(format!("ssl_key_file={}", folder.join("server.key").display()));
    });
    let server = run(command, folder, port, programs);
    server.wait(|| psql(&server, "postgres", "SELECT 1").is_ok());
    Some(server)
}

fn start_mariadb() -> Option<Server> {
    let program = Path::new("/usr/sbin/mariadbd");
    if !program.exists() {
        println!("skipped: there is no /usr/sbin/mariadbd (apt-get install mariadb-server)");
        return None;
    }
    let (folder, port) = (folder("mysql"), free_port());
    let data = folder.join("data");
    let mut install = Command::new("mariadb-install-db");
    install.args(["--no-defaults", "--user=mysql", "--auth-root-authentication-method=normal", "--skip-name-resolve"]);
    ended(install.arg("--skip-test-db").arg(format!("--datadir={}", data.display())));
    let mut command = keep("KILL", &folder, "mysql", program);
    command.arg("--no-defaults").arg(format!("--datadir={}", data.display())).arg(format!("--port={port}"));
    command.arg(format!("--socket={}", folder.join("socket").display())).arg("--skip-name-resolve");
    command.args(["--bind-address=*", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M"]);
    certificate(&folder, "mysql").inspect(|_| {
        command.arg(format!("--ssl-cert={}", folder.join("server.crt").display()));
        command.arg(format!("--ssl-key={}", folder.join("server.key").display()));
    });
    let server = run(command, folder, port, PathBuf::from("/usr/bin"));
    server.wait(|| mariadb_sql(&server, "", "SELECT 1").is_ok());
    Some(server)
}

impl Server {
    pub fn wait(&self, is_up: impl Fn() -> bool) {
        let begin = Instant::now();
        while !is_up() {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(begin.elapsed() < Duration::from_secs(60), "the server does not start: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Runs statements as PostgreSQL's superuser, over the socket.
pub fn psql(server: &Server, database: &str, text: &str) -> Result<String, String> {
    let mut command = Command::new(server.programs.join("psql"));
    command.arg("-h").arg(&server.folder).args(["-p", &server.port.to_string(), "-U", "postgres", "-d", database]);
    told(command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text]))
}

/// Runs statements as MariaDB's root, over the socket.
pub fn mariadb_sql(server: &Server, database: &str, text: &str) -> Result<String, String> {
    let mut command = Command::new(server.programs.join("mariadb"));
    command.arg("--no-defaults").arg(format!("--socket={}", server.folder.join("socket").display()));
    told(command.args(["-uroot", "--batch", "--skip-column-names", "-D", database, "-e", text]))
}

fn told(command: &mut Command) -> Result<String, String> {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if status.success() { Ok(text(stdout)) } else { Err(text(stderr)) }
}

fn ended(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

fn folder(user: &str) -> PathBuf {
    let folder = tempfile::Builder::new().prefix("exhibit-").tempdir().unwrap().keep();
    ended(Command::new("chmod").arg("755").arg(&folder));
    if is_root() {
        ended(Command::new("chown").arg(format!("{user}:")).arg(&folder));
    }
    folder
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").unwrap().contains("\nUid:\t0\t")
}

// Servers refuse to run as root. What does not is run as `root`, which stands for whoever runs the tests.
fn as_user(user: &str, program: &Path) -> Command {
    if !is_root() || user == "root" {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg("--clear-groups").arg(program);
    command
}

/// A command that ends with `signal`, and removes its folder, when our end of its input is closed: when this program ends, however that is.
pub fn keep(signal: &str, folder: &Path, user: &str, program: &Path) -> Command {
    let mut command = Command::new("sh");
    let script = r#"exec 2>/dev/null; S=$1; F=$2; shift 2; "$@" >"$F/log" 2>&1 & P=$!; cat >/dev/null; kill -$S $P; wait $P; rm -rf "$F""#;
    command.args(["-c", script, "sh", signal]).arg(folder);
    let inner = as_user(user, program);
    command.arg(inner.get_program()).args(inner.get_args()).stdin(Stdio::piped()).current_dir("/");
    command
}

pub fn run(mut command: Command, folder: PathBuf, port: u16, programs: PathBuf) -> Server {
    let mut child = command.spawn().unwrap();
    Server { port, folder, programs, _running: child.stdin.take(), _child: child }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A certificate authority and a certificate of it for this machine's addresses, in `folder`; none without the program openssl.
fn certificate(folder: &Path, user: &str) -> Option<()> {
    let at = |name: &str| folder.join(name).display().to_string();
    let run = |arguments: &[&str]| {
        Command::new("openssl").args(arguments).output().is_ok_and(|output| output.status.success())
    };
    let extensions = format!("subjectAltName=IP:{}\nextendedKeyUsage=serverAuth\n", own_address()?);
    fs::write(folder.join("extensions"), extensions).unwrap();
    let (key, request, certificate, authority) =
        (at("server.key"), at("server.csr"), at("server.crt"), at("authority.crt"));
    let authority_key = at("authority.key");
    let new_key = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"];
    let ca =
        [&new_key[..], &[&authority_key, "-x509", "-days", "9", "-subj", "/CN=a test", "-out", &authority]].concat();
    let asked = [&new_key[..], &[&key, "-subj", "/CN=server", "-out", &request]].concat();
    let extensions = at("extensions");
    let signed = [
        "x509",
        "-req",
        "-in",
        &request,
        "-CA",
        &authority,
        "-CAkey",
        &authority_key,
        "-CAcreateserial",
        "-days",
        "9",
        "-extfile",
        &extensions,
        "-out",
        &certificate,
    ];
    if !(run(&ca) && run(&asked) && run(&signed)) {
        return None;
    }
    if is_root() {
        ended(Command::new("chown").arg(format!("{user}:")).arg(&key));
    }
    ended(Command::new("chmod").arg("600").arg(&key));
    Some(())
}

/// An address of this machine that is not its loopback; none where there is no network.
pub fn own_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the system only says from where it would be.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_loopback())
}
