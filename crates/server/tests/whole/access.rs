use crate::system::{System, job};
use hyper::{Method, Request};

#[tokio::test(flavor = "multi_thread")]
async fn everything_asks_for_the_token_but_what_watches_the_server() {
    let system = System::start(&job("a", "true")).await;
    let asked = async |path: &str, method: Method, token: Option<&str>| {
        let mut request = Request::builder().method(method).uri(path).header("host", "test");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        system.send(request.body(Default::default()).unwrap()).await.status().as_u16()
    };
    let job = "/api/v1/teams/main/pipelines/test/jobs/a";
    for path in ["/healthz", "/readyz", "/version"] {
        assert_eq!(asked(path, Method::GET, None).await, 200);
    }
    for (method, path) in [
        (Method::GET, "/api/v1/nothing"),
        (Method::GET, "/"),
        (Method::DELETE, "/api/v1/builds/x"),
        (Method::GET, "/api/v1/teams/main/pipelines"),
        (Method::GET, job),
        (Method::POST, &format!("{job}/builds")),
        (Method::GET, "/api/v1/builds/x"),
        (Method::GET, "/api/v1/builds/x/log"),
        (Method::GET, "/api/v1/builds/x/events"),
        (Method::POST, "/api/v1/builds/x/cancel"),
        (Method::POST, "/api/v1/teams/main/pipelines/test/resources/git.a/check"),
    ] {
        assert_eq!(asked(path, method.clone(), None).await, 401, "{path}");
        assert_eq!(asked(path, method.clone(), Some("pikoci_wrong")).await, 401, "{path}");
        assert_ne!(asked(path, method, Some(&system.token)).await, 401, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_a_problem_with_a_code() {
    let system = System::start(&job("a", "true")).await;
    for (path, code) in [
        ("/api/v1/teams/main/pipelines/none", "pipeline_not_found"),
        ("/api/v1/teams/other/pipelines/test", "pipeline_not_found"),
        ("/api/v1/teams/main/pipelines/test/jobs/none", "job_not_found"),
        ("/api/v1/teams/main/pipelines/test/jobs/a/builds/9", "build_not_found"),
        ("/api/v1/teams/main/pipelines/test/jobs/a/builds/x", "build_not_found"),
        ("/api/v1/teams/main/pipelines/test/resources/git.none", "resource_not_found"),
        ("/api/v1/builds/none", "build_not_found"),
        ("/api/v1/nothing", "not_found"),
    ] {
        let answer = system.get(path).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (404, Some(code)), "{path}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let path = "/api/v1/teams/main/pipelines/test/jobs/a/builds";
    for query in ["?after=x", "?status=purple", "?limit=x", "?limit=0", "?limit=201"] {
        let answer = system.get(&format!("{path}{query}")).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("invalid_request")));
    }
    let wrong = system.ask(Method::DELETE, "/api/v1/builds/none", &[]).await;
    assert_eq!((wrong.status, wrong.json()["code"].as_str()), (405, Some("method_not_allowed")));
    let long = "k".repeat(500);
    assert_eq!(system.trigger("a", &long).await.status, 400);
}
