//! Which requests are answered: those of the page itself, on this machine.
//!
//! Any page that a browser shows can send requests to this machine. A name of another site may lead here (DNS rebinding), so
//! that the name in `Host` is checked, and the origin wherever a browser says it.

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The page.
    Page,
    /// Its style.
    Style,
    /// Its script.
    Script,
    /// The controls and their values as written.
    Start,
    /// A forecast, with settings in the body.
    Forecast,
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// It was sent to another name or port.
    #[error(
        "this page answers to 127.0.0.1, localhost and [::1] with its own port: open the address that rollcast printed"
    )]
    Host,
    /// Another site sent it.
    #[error("another site sent this request: open the address that rollcast printed")]
    Origin,
    /// There is nothing at this path.
    #[error("there is nothing here: the page is at /")]
    Path,
    /// The path has another method.
    #[error("this method is not taken here: files are read with GET, a forecast is asked for with POST")]
    Method,
    /// The body is no JSON by its own account.
    #[error("a forecast is asked for with JSON: send Content-Type: application/json")]
    Kind,
    /// The body has no length, is too long, or is to be waited for.
    #[error(
        "the settings of a forecast take at most {LONGEST_BODY} bytes, with Content-Length and without Expect: send less, and at once"
    )]
    Length,
}

/// The longest body that is read. A body of this length or less is here before the request is: the HTTP library reads it together
/// with the headers.
pub(super) const LONGEST_BODY: usize = 1024;

impl Refusal {
    /// The status that HTTP has for it.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Host => 421,
            Self::Origin => 403,
            Self::Path => 404,
            Self::Method => 405,
            Self::Kind => 415,
            Self::Length => 413,
        }
    }
}

/// What a request says before its body.
#[derive(Clone, Debug, Default)]
pub(super) struct Head<'a> {
    /// `GET`, `POST` or another method.
    pub(super) method: &'a str,
    /// Path with its query.
    pub(super) target: &'a str,
    /// Names and values, as they came.
    pub(super) headers: Vec<(&'a str, &'a str)>,
}

impl Head<'_> {
    /// The value of a header; `None` where it is missing, `Some(None)` where it stands there twice.
    fn header(&self, name: &str) -> Option<Option<&str>> {
        let mut values =
            self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        let first = values.next()?;
        Some(values.next().is_none().then_some(first))
    }
}

/// What the request asks for, on a server that listens on `port`.
pub(super) fn check(head: &Head<'_>, port: u16) -> Result<Asked, Refusal> {
    if !head.header("host").flatten().is_some_and(|host| is_here(host, port)) {
        return Err(Refusal::Host);
    }
    check_origin(head, port)?;
    check_wait(head)?;
    let path = head.target.split('?').next().unwrap_or_default();
    let asked = match path {
        "/" => Asked::Page,
        "/page.css" => Asked::Style,
        "/page.js" => Asked::Script,
        "/start" => Asked::Start,
        "/forecast" => Asked::Forecast,
        _ => return Err(Refusal::Path),
    };
    match (asked, head.method) {
        (Asked::Forecast, "POST") => check_body(head).map(|()| asked),
        (Asked::Page | Asked::Style | Asked::Script | Asked::Start, "GET") => Ok(asked),
        _ => Err(Refusal::Method),
    }
}

fn is_here(host: &str, port: u16) -> bool {
    let names = ["127.0.0.1", "localhost", "[::1]"];
    names.iter().any(|name| host.eq_ignore_ascii_case(&format!("{name}:{port}")))
        || port == 80 && names.iter().any(|name| host.eq_ignore_ascii_case(name))
}

/// A browser sends `Origin` with every POST, and `Sec-Fetch-Site` with every request. Programs such as curl send neither.
fn check_origin(head: &Head<'_>, port: u16) -> Result<(), Refusal> {
    let own = match head.header("origin") {
        None => true,
        Some(origin) => {
            origin.and_then(|origin| origin.strip_prefix("http://")).is_some_and(|host| is_here(host, port))
        }
    };
    let site = match head.header("sec-fetch-site") {
        None => true,
        Some(site) => matches!(site, Some("same-origin" | "none")),
    };
    if own && site { Ok(()) } else { Err(Refusal::Origin) }
}

/// Whether all of the body is here, if there is one. A client could announce more and never send it.
fn check_wait(head: &Head<'_>) -> Result<(), Refusal> {
    let upgrade = head
        .header("connection")
        .is_some_and(|value| value.is_none_or(|value| value.to_ascii_lowercase().contains("upgrade")));
    let waits = ["transfer-encoding", "expect"].iter().any(|name| head.header(name).is_some());
    let long = head.header("content-length").is_some_and(|length| {
        length.and_then(|length| length.parse::<usize>().ok()).is_none_or(|length| length > LONGEST_BODY)
    });
    if upgrade || waits || long { Err(Refusal::Length) } else { Ok(()) }
}

fn check_body(head: &Head<'_>) -> Result<(), Refusal> {
    let kind = head.header("content-type").flatten().unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::Kind);
    }
    if head.header("content-length").is_none() { Err(Refusal::Length) } else { Ok(()) }
}
