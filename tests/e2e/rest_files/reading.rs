//! Files on their way out.

use harness::{Reply, Rest, within};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{House, described, house, noise};

/// So much at once and so much a second: what follows has to wait.
const SLOW: &str = "files.download_burst_kib = 64\nfiles.download_kib_per_second = 64";

#[tokio::test]
async fn a_file_is_read_whole_or_in_part() {
    let house = house("").await;
    let content = noise(100_000);
    let path = house.post("noise.bin", &content).await;
    let bob = house.bob().await;
    let whole = bob.fetch("GET", &path, None).await.must(200);
    assert!(whole.bytes == content);
    let etag = format!("\"{}\"", described("", &content)["sha256"].as_str().unwrap());
    assert_eq!((whole.header("etag"), whole.header("accept-ranges")), (&*etag, "bytes"));
    let head = bob.fetch("HEAD", &path, None).await.must(200);
    assert_eq!((head.header("content-length"), head.bytes.len()), ("100000", 0));
    assert_eq!(head.header("etag"), etag);

    for (range, expect, told) in [
        ("bytes=0-0", &content[..1], "bytes 0-0/100000"),
        ("bytes=0-99999", &content[..], "bytes 0-99999/100000"),
        ("bytes=32760-70000", &content[32_760..70_001], "bytes 32760-70000/100000"),
        ("bytes=99990-200000", &content[99_990..], "bytes 99990-99999/100000"),
        ("bytes=-10", &content[99_990..], "bytes 99990-99999/100000"),
        ("bytes=50000-", &content[50_000..], "bytes 50000-99999/100000"),
    ] {
        let part = bob.clone().with("range", range).fetch("GET", &path, None).await.must(206);
        assert_eq!(part.header("content-range"), told, "{range}");
        assert_eq!(part.header("content-length"), expect.len().to_string());
        assert!(part.bytes == expect, "{range}");
    }
    for range in ["bytes=5-2", "bytes=x", "bytes=0-1,5-6", "lines=1-2", "bytes"] {
        let whole = bob.clone().with("range", range).fetch("GET", &path, None).await.must(200);
        assert!(whole.bytes == content, "{range}");
    }
    for range in ["bytes=100000-", "bytes=-0"] {
        let reply = bob.clone().with("range", range).send("GET", &path, None).await;
        assert_eq!(reply.refused(416), "RANGE_NOT_SATISFIABLE");
        assert_eq!(reply.header("content-range"), "bytes */100000");
    }
}

#[tokio::test]
async fn what_one_has_is_not_sent_again() {
    let house = house("").await;
    let path = house.post("notes.txt", b"hello").await;
    let etag = house.ann.fetch("HEAD", &path, None).await.header("etag").to_owned();
    let with = |name: &'static str, value: &str| house.ann.clone().with(name, value);
    for told in [&*etag, "*", &format!("\"x\", W/{etag}")] {
        let same = with("if-none-match", told).fetch("GET", &path, None).await.must(304);
        assert_eq!((same.header("etag"), same.bytes.len()), (&*etag, 0));
    }
    with("if-none-match", "\"x\"").fetch("GET", &path, None).await.must(200);
    let other = with("if-match", "\"x\"").send("GET", &path, None).await;
    assert_eq!(other.refused(412), "PRECONDITION_FAILED");
    let rest = with("if-range", &etag).with("range", "bytes=3-");
    assert_eq!(&*rest.fetch("GET", &path, None).await.must(206).bytes, b"lo");
    let stale = with("if-range", "\"x\"").with("range", "bytes=3-");
    assert_eq!(&*stale.fetch("GET", &path, None).await.must(200).bytes, b"hello");
}

#[tokio::test]
async fn a_browser_runs_nothing_that_was_uploaded() {
    let house = house("").await;
    let page = b"<!doctype html><script>alert(document.cookie)</script>";
    for (name, told) in [
        ("page.html", "filename=\"page.html\"; filename*=UTF-8''page.html"),
        ("a\"; x=\"y.html", "filename=\"a_; x=_y.html\"; filename*=UTF-8''a%22%3B%20x%3D%22y.html"),
        ("\u{202e}lmth.exe", "filename=\"_lmth.exe\"; filename*=UTF-8''_lmth.exe"),
        ("Gr\u{fc}\u{df}e", "filename=\"Gr__e\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe"),
        ("..\\..\\x", "filename=\"_._.._x\"; filename*=UTF-8''_._.._x"),
    ] {
        let mut page = page.to_vec();
        page.extend(name.bytes());
        let path = house.post(name, &page).await;
        let picky = house.ann.clone().with("accept", "image/png");
        let got = picky.fetch("GET", &path, None).await.must(200);
        assert_eq!(got.bytes, page);
        assert_eq!(got.header("content-disposition"), format!("attachment; {told}"));
        assert_eq!(got.header("content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        assert_eq!(got.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(got.header("cache-control"), "private, no-store");
    }
}

/// What was refused, without what belongs to the call alone.
async fn refusal(who: &Rest, path: &str) -> (u16, serde_json::Value) {
    let reply: Reply = who.get(path).await;
    let mut json = reply.json;
    json["instance"].take();
    (reply.status, json)
}

#[tokio::test]
async fn who_may_not_read_the_message_is_told_what_a_stranger_is_told() {
    let house = house("").await;
    let path = house.post("notes.txt", b"hello").await;
    let (before, number) = path.rsplit_once('/').unwrap();
    assert_eq!(refusal(&house.ann, &format!("{before}/999")).await.1["reason"], "FILE_NOT_FOUND");
    let first = format!("{}/messages/1/files/{number}", house.here);
    assert_eq!(refusal(&house.ann, &first).await.1["reason"], "MESSAGE_NOT_FOUND");
    let bob = Rest::register(&house.bridge, "bob").await;
    assert_eq!(refusal(&bob, &path).await.1["reason"], "NOT_A_MEMBER");
    assert_eq!(Rest::at(&house.bridge).get(&path).await.refused(401), "NOT_SIGNED_IN");

    let private = json!({ "rules": { "visibility": "private" } });
    house.ann.patch(&house.here, private).await.must(200);
    let elsewhere = format!("/v1/rooms/999999/messages/3/files/{number}");
    let refused = refusal(&bob, &path).await;
    assert_eq!(refused.1["reason"], "ROOM_NOT_FOUND");
    assert_eq!(refused, refusal(&bob, &elsewhere).await, "as if it were not there");

    let seq = before.rsplit('/').nth(1).unwrap();
    house.ann.delete(&format!("{}/messages/{seq}", house.here)).await.must(200);
    assert_eq!(refusal(&house.ann, &path).await.1["reason"], "MESSAGE_NOT_FOUND");
}

/// Asks for a file, and reads its head and its beginning.
async fn begun(house: &House, who: &Rest, path: &str, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(house.bridge.authority()).await.unwrap();
    let token = who.token.as_deref().unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut beginning = vec![0; length];
    within("the beginning of a file", stream.read_exact(&mut beginning)).await.unwrap();
    assert!(beginning.starts_with(b"HTTP/1.1 200 "));
    stream
}

/// What still comes, until the connection is closed.
async fn rest_of(mut stream: TcpStream) -> usize {
    let mut rest = Vec::new();
    // A reset is an end as well.
    drop(within("the connection to end", stream.read_to_end(&mut rest)).await);
    rest.len()
}

#[tokio::test]
async fn who_is_put_out_meanwhile_gets_no_more_of_it() {
    let house = house(SLOW).await;
    let path = house.post("noise.bin", &noise(1_000_000)).await;
    let bob = house.bob().await;
    let stream = begun(&house, &bob, &path, 60_000).await;
    let me = bob.get("/v1/me").await.must(200).str("user_id");
    house.ann.delete(&format!("{}/members/{me}", house.here)).await.must(200);
    assert!(rest_of(stream).await < 500_000);
}

#[tokio::test]
async fn a_file_that_cannot_be_sent_to_its_end_is_cut_and_gone_on_with() {
    let mut house = house(SLOW).await;
    let content = noise(200_000);
    let path = house.post("noise.bin", &content).await;
    let stream = begun(&house, &house.ann, &path, 60_000).await;
    house.daemon.kill9().await;
    assert!(rest_of(stream).await < 140_000);
    house.daemon.restart().await;
    let rest = house.ann.clone().with("range", "bytes=60000-");
    let rest = rest.fetch("GET", &path, None).await.must(206);
    assert!(rest.bytes == content[60_000..]);
}
