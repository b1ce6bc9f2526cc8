//! The forge behind a repository: where its pages and its API are, and which pull requests are open there.

use super::address::{Address, Kind};
use crate::Failure;
use crate::answer::{Object, object};
use crate::call::Call;
use crate::http::{Ask, Client};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::HashMap;

/// The most pull requests of one page. Gitea gives 50 at most.
const PAGE: usize = 50;

/// The most pages.
const PAGES: usize = 40;

/// What software a forge runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Provider {
    GitHub,
    GitLab,
    Gitea,
}

/// The pages of a repository on its forge.
#[derive(Debug, Clone)]
pub(super) struct Site {
    provider: Provider,
    /// `https://host`.
    root: String,
    /// The host without a port.
    host: String,
    /// `org/app`.
    path: String,
}

/// An open pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pull {
    /// Whether it comes from another repository.
    pub(super) is_untrusted: bool,
    /// The branch it is to be merged into.
    pub(super) base: Option<String>,
    /// What is shown of it.
    pub(super) about: Object,
}

/// A forge that can be asked.
pub(super) struct Forge {
    site: Site,
    api: String,
    token: String,
}

impl Site {
    /// The site of an address. `provider` is the parameter: without it the known hosts are known.
    pub(super) fn of(address: &Address, provider: Option<&str>) -> Result<Option<Self>, Failure> {
        let Some((host, path)) = address.on_host() else { return Ok(None) };
        let root = match address.kind() {
            Kind::Web(web) => format!("{}://{}", web.scheme, web.host),
            _ => format!("https://{host}"),
        };
        let host = host.split(':').next().unwrap_or_default().to_owned();
        let provider = match (provider, host.as_str()) {
            (Some("github"), _) | (None, "github.com") => Provider::GitHub,
            (Some("gitlab"), _) | (None, "gitlab.com") => Provider::GitLab,
            (Some("gitea" | "forgejo"), _) | (None, "codeberg.org") => Provider::Gitea,
            (None | Some("none"), _) => return Ok(None),
            (Some(other), _) => {
                return Err(Failure::new(format!("there is no provider `{other}`"))
                    .hint("it can be github, gitlab, gitea or none"));
            }
        };
        Ok(Some(Self { provider, root, host, path: path.to_owned() }))
    }

    /// The page of a commit.
    pub(super) fn commit(&self, id: &str) -> String {
        let between = if self.provider == Provider::GitLab { "-/commit" } else { "commit" };
        format!("{}/{}/{between}/{id}", self.root, self.path)
    }

    fn api(&self) -> String {
        match self.provider {
            Provider::GitHub if self.host == "github.com" => "https://api.github.com".to_owned(),
            Provider::GitHub => format!("{}/api/v3", self.root),
            Provider::GitLab => format!("{}/api/v4", self.root),
            Provider::Gitea => format!("{}/api/v1", self.root),
        }
    }
}

impl Forge {
    /// The forge of a resource, if there is a token to ask it with.
    pub(super) fn of(call: &Call, address: &Address) -> Result<Option<Self>, Failure> {
        let site = Site::of(address, call.param("provider"))?;
        let (Some(site), Some(token)) = (site, call.param("token")) else { return Ok(None) };
        let api =
            call.param("api_url").map_or_else(|| site.api(), |api| api.trim_end_matches('/').to_owned());
        Ok(Some(Self { site, api, token: token.to_owned() }))
    }

    /// The open pull requests by number.
    pub(super) fn open(&self) -> Result<HashMap<u64, Pull>, Failure> {
        let client = Client::new(None)?;
        let mut open = HashMap::new();
        for page in 1..=PAGES {
            let found = self.page(&client, page)?;
            open.extend(found.iter().filter_map(|pull| self.read(pull)));
            if found.len() < PAGE {
                return Ok(open);
            }
        }
        Err(Failure::new(format!("{} has more than {} open pull requests", self.site.path, PAGES * PAGE)))
    }

    fn page(&self, client: &Client, page: usize) -> Result<Vec<Value>, Failure> {
        let (api, path) = (&self.api, &self.site.path);
        let url = match self.site.provider {
            Provider::GitHub => format!("{api}/repos/{path}/pulls?state=open&per_page={PAGE}&page={page}"),
            Provider::Gitea => format!("{api}/repos/{path}/pulls?state=open&limit={PAGE}&page={page}"),
            Provider::GitLab => {
                let project = utf8_percent_encode(path, NON_ALPHANUMERIC);
                format!("{api}/projects/{project}/merge_requests?state=opened&per_page={PAGE}&page={page}")
            }
        };
        let scheme = if self.site.provider == Provider::Gitea { "token" } else { "Bearer" };
        let headers = [
            ("authorization", format!("{scheme} {}", self.token)),
            ("accept", "application/json".to_owned()),
        ];
        let reply = client.ask(Ask { url: &url, headers: &headers, body: None })?;
        match reply.json() {
            Value::Array(pulls) if reply.is_well() => Ok(pulls),
            json => Err(refused(&url, reply.status, json["message"].as_str())),
        }
    }

    fn read(&self, pull: &Value) -> Option<(u64, Pull)> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let (number, is_own, base, page) = match self.site.provider {
            Provider::GitLab => {
                let (from, to) = (&pull["source_project_id"], &pull["target_project_id"]);
                (&pull["iid"], !from.is_null() && from == to, &pull["target_branch"], &pull["web_url"])
            }
            Provider::GitHub | Provider::Gitea => {
                let (from, to) = (&pull["head"]["repo"]["id"], &pull["base"]["repo"]["id"]);
                (&pull["number"], !from.is_null() && from == to, &pull["base"]["ref"], &pull["html_url"])
            }
        };
        let about = [("_title", text(&pull["title"])), ("_base", text(base)), ("_url", text(page))];
        let about = object(about.into_iter().filter_map(|(key, value)| Some((key, value?))));
        Some((number.as_u64()?, Pull { is_untrusted: !is_own, base: text(base), about }))
    }
}

fn refused(url: &str, status: u16, message: Option<&str>) -> Failure {
    let message = message.map(|message| format!(": {message}")).unwrap_or_default();
    let failure = Failure::new(format!("{url} answered {status}{message}"));
    match status {
        401 | 403 | 404 => failure.hint(
            "the `token` must be allowed to read pull requests; provider = \"none\" asks nobody, and then every pull request counts as untrusted",
        ),
        _ => failure,
    }
}
