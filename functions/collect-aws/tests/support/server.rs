//! A server on this machine that speaks HTTP, and what it is asked in the words of AWS.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};
use url::form_urlencoded;

/// A request, with what its signature says.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// Of whom asks: `ASIA1111222233331`.
    pub access_key: String,
    pub region: String,
    pub service: String,
    /// `ListKeys`; of REST the method and the path.
    pub operation: String,
}

impl Asked {
    /// The twelve digits in the access key.
    pub fn account(&self) -> &str {
        self.access_key.get(4..16).unwrap_or_default()
    }

    /// A parameter of the form, or of the address.
    pub fn field(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = |text: &str| form_urlencoded::parse(text.as_bytes()).into_owned().collect::<BTreeMap<_, _>>();
        pairs(query).remove(name).or_else(|| pairs(&self.body).remove(name))
    }

    /// A member of the JSON body.
    pub fn member(&self, name: &str) -> Option<String> {
        let json: Value = serde_json::from_str(&self.body).unwrap();
        json.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    fn new(method: String, target: String, headers: BTreeMap<String, String>, body: String) -> Self {
        let empty = String::new();
        let authorization = headers.get("authorization").unwrap_or(&empty);
        let scope = authorization.split("Credential=").nth(1).unwrap_or_default().split(',').next().unwrap();
        let parts: Vec<String> = scope.split('/').map(str::to_owned).collect();
        let part = |at: usize| parts.get(at).cloned().unwrap_or_default();
        let mut asked = Self {
            access_key: part(0),
            region: part(2),
            service: part(3),
            operation: String::new(),
            method,
            target,
            headers,
            body,
        };
        let target = asked.headers.get("x-amz-target").and_then(|target| target.rsplit('.').next()).map(str::to_owned);
        let path = asked.target.split('?').next().unwrap().to_owned();
        asked.operation = target.or_else(|| asked.field("Action")).unwrap_or(format!("{} {path}", asked.method));
        asked
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub kind: &'static str,
    pub body: String,
    /// Only so many bytes of the body come before the connection ends.
    pub cut: Option<usize>,
}

impl Answer {
    pub fn json(body: &Value) -> Self {
        Self { status: 200, kind: "application/x-amz-json-1.1", body: body.to_string(), cut: None }
    }

    pub fn xml(body: impl Into<String>) -> Self {
        Self { status: 200, kind: "text/xml", body: body.into(), cut: None }
    }

    /// An error of a service that speaks JSON.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "__type": format!("com.amazonaws.test#{code}"), "message": message });
        Self { status, ..Self::json(&body) }
    }

    /// An error of a service that speaks XML.
    pub fn xml_error(status: u16, code: &str, message: &str) -> Self {
        let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
        let body = format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/\">{error}<RequestId>r</RequestId></ErrorResponse>"
        );
        Self { status, ..Self::xml(body) }
    }

    pub fn cut(self, at: usize) -> Self {
        Self { cut: Some(at), ..self }
    }
}

/// A server until it is dropped.
pub struct Server {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                std::thread::spawn(move || converse(&stream, &kept, &*answer));
            }
        });
        Self { address: format!("http://127.0.0.1:{port}"), asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often an operation was asked.
    pub fn times(&self, operation: &str) -> usize {
        self.asked().iter().filter(|asked| asked.operation == operation).count()
    }
}

fn converse(stream: &TcpStream, kept: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Answer) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let asked = read(&mut reader)?;
        kept.lock().unwrap().push(asked.clone());
        let Answer { status, kind, body, cut } = answer(&asked);
        let head = format!("HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        let mut out = stream;
        out.write_all(head.as_bytes()).ok()?;
        out.write_all(&body.as_bytes()[..cut.unwrap_or(body.len())]).ok()?;
        if cut.is_some() {
            return None;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked::new(method, target, headers, String::from_utf8(body).ok()?))
}
