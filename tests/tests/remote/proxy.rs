//! A connection that fails on purpose: it hands requests on to a server, except where a fault is asked for.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// How a request fails.
pub enum Fault {
    /// Not at all.
    None,
    /// It is not handed on; the answer is this status.
    Status(u16),
    /// It is handed on and done, and the answer is lost.
    AnswerLost,
    /// The last byte of the answer is another one.
    Spoilt,
    /// Half of the answer comes.
    Cut,
    /// The answer never ends.
    Endless,
    /// The answer leads elsewhere.
    Redirect(String),
}

type Log = Arc<Mutex<Vec<(String, bool)>>>;

/// The connection, and what went over it.
pub struct Proxy {
    address: SocketAddr,
    log: Log,
}

/// Any free port of this machine.
pub fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// Takes down who comes to `listener`, and answers nothing.
pub fn record(listener: TcpListener) -> Arc<Mutex<Vec<String>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            kept.lock().unwrap().push(Request::read(&stream.unwrap()).line);
        }
    });
    seen
}

struct Request {
    line: String,
    head: String,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let (mut line, mut head, mut length) = (String::new(), String::new(), 0);
        drop(reader.read_line(&mut line));
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) <= 2 {
                break;
            }
            let lower = header.to_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if !lower.starts_with("connection:") {
                head.push_str(&header);
            }
        }
        let mut body = vec![0; length];
        drop(reader.read_exact(&mut body));
        Self { line: line.trim_end().to_owned(), head, body }
    }

    fn hand_on(&self, upstream: SocketAddr) -> Vec<u8> {
        let mut stream = TcpStream::connect(upstream).unwrap();
        write!(stream, "{}\r\n{}connection: close\r\n\r\n", self.line, self.head).unwrap();
        stream.write_all(&self.body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

impl Proxy {
    /// Hands what comes to `listener` on to `upstream`. `fault` is asked with how often the same line came before.
    pub fn start(
        listener: TcpListener,
        upstream: SocketAddr,
        fault: impl Fn(usize, &str) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let (address, log, fault) = (listener.local_addr().unwrap(), Log::default(), Arc::new(fault));
        let kept = Arc::clone(&log);
        let counts: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, fault, counts) = (Arc::clone(&kept), Arc::clone(&fault), Arc::clone(&counts));
                thread::spawn(move || {
                    let request = Request::read(&stream);
                    if request.line.is_empty() {
                        return;
                    }
                    let has_token = request.head.to_lowercase().contains("authorization:");
                    log.lock().unwrap().push((request.line.clone(), has_token));
                    let count = {
                        let mut counts = counts.lock().unwrap();
                        let count = counts.entry(request.line.clone()).or_default();
                        *count += 1;
                        *count - 1
                    };
                    answer(stream, &request, upstream, fault(count, &request.line));
                });
            }
        });
        Self { address, log }
    }

    /// `http://127.0.0.1:…`
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The first lines of all requests, in order.
    pub fn requests(&self) -> Vec<String> {
        self.log.lock().unwrap().iter().map(|(line, _)| line.clone()).collect()
    }

    /// The first lines of the requests that carried a token.
    pub fn requests_with_token(&self) -> Vec<String> {
        self.log.lock().unwrap().iter().filter(|(_, token)| *token).map(|(line, _)| line.clone()).collect()
    }
}

fn answer(mut stream: TcpStream, request: &Request, upstream: SocketAddr, fault: Fault) {
    // Whoever asked may have gone.
    drop(match fault {
        Fault::None => stream.write_all(&request.hand_on(upstream)),
        Fault::AnswerLost => {
            request.hand_on(upstream);
            Ok(())
        }
        Fault::Status(status) => {
            write!(stream, "HTTP/1.1 {status} Fault\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        Fault::Redirect(to) => {
            write!(stream, "HTTP/1.1 307 Fault\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        Fault::Spoilt => {
            let mut bytes = request.hand_on(upstream);
            *bytes.last_mut().unwrap() ^= 1;
            stream.write_all(&bytes)
        }
        Fault::Cut => {
            let bytes = request.hand_on(upstream);
            stream.write_all(&bytes[..bytes.len() - 10])
        }
        Fault::Endless => endless(&mut stream),
    });
}

fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")?;
    loop {
        stream.write_all(&[b' '; 65536])?;
    }
}
