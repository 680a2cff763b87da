//! Files on their way in.

use harness::{Reply, Rest, within};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{OCTETS, begin, described, house, noise, part, upload};

/// A part whose head is sent, and so much of its body.
async fn half_sent(who: &Rest, to: &str, offset: u64, (whole, sent): (usize, &[u8])) -> TcpStream {
    let mut stream = TcpStream::connect(&who.authority).await.unwrap();
    let head = format!(
        "PATCH {to} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: {OCTETS}\r\n\
         upload-offset: {offset}\r\ncontent-length: {whole}\r\n\r\n",
        who.authority,
        who.token.as_deref().unwrap(),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(sent).await.unwrap();
    stream
}

async fn has_come(who: &Rest, to: &str) -> u64 {
    let state = who.fetch("HEAD", to, None).await.must(200);
    state.header("upload-offset").parse().unwrap()
}

async fn comes_to(who: &Rest, to: &str, offset: u64) {
    let coming = async {
        while has_come(who, to).await < offset {
            tokio::task::yield_now().await;
        }
    };
    within("a part to come", coming).await;
}

#[tokio::test]
async fn a_file_comes_in_parts_of_any_length() {
    let house = house("").await;
    let content = noise(100_000);
    let to = begin(&house.ann, "noise.bin", &content).await;
    let mut at = 0;
    for length in [1, 0, 40_000, 32_767] {
        let next = at + length;
        let told = part(&house.ann, &to, at as u64, &content[at..next]).await.must(204);
        assert_eq!(told.header("upload-offset"), next.to_string());
        at = next;
    }
    let listed = house.ann.get("/v1/uploads").await.must(200);
    assert_eq!(listed.json["uploads"][0]["name"], "noise.bin");
    assert_eq!(listed.number("used_bytes"), 100_000);
    let state = house.ann.get(&to).await.must(200);
    assert_eq!((state.number("received"), state.number("size")), (at as u64, 100_000));
    // Whoever says again what is to come goes on with it.
    assert_eq!(begin(&house.ann, "noise.bin", &content).await, to);
    let done = part(&house.ann, &to, at as u64, &content[at..]).await.must(200);
    let done = Reply::from(done);
    assert_eq!(done.json["file"]["media_type"], "application/octet-stream");
    assert_eq!(done.json["file"]["sha256"], described("", &content)["sha256"]);
    // What is there need not be sent.
    let again = house.ann.post("/v1/uploads", described("noise.bin", &content)).await.must(200);
    assert_eq!(again.json["file"], done.json["file"]);
    assert_eq!(house.ann.get(&to).await.refused(404), "UPLOAD_NOT_FOUND");
}

#[tokio::test]
async fn wherever_a_part_is_cut_the_next_one_goes_on() {
    let house = house("").await;
    let content = noise(300_000);
    let to = begin(&house.ann, "noise.bin", &content).await;
    for sent in [0, 1, 32_767, 32_768, 32_769, 100_000] {
        let before = has_come(&house.ann, &to).await;
        let rest = &content[usize::try_from(before).unwrap()..];
        let cut = half_sent(&house.ann, &to, before, (rest.len(), &rest[..sent])).await;
        drop(cut);
        // Whole pieces are never lost.
        comes_to(&house.ann, &to, before + (sent as u64 / 32_768) * 32_768).await;
        let now = has_come(&house.ann, &to).await;
        assert!(now <= before + sent as u64, "{before} + {sent}: {now}");
    }
    // What was cut may still have been on its way.
    let sending = async {
        loop {
            let at = has_come(&house.ann, &to).await;
            let rest = &content[usize::try_from(at).unwrap()..];
            let done = part(&house.ann, &to, at, rest).await;
            if done.status != 409 {
                return done.must(200);
            }
        }
    };
    let done = Reply::from(within("the rest", sending).await);
    assert_eq!(done.json["file"]["sha256"], described("", &content)["sha256"]);
}

#[tokio::test]
async fn a_part_that_does_not_fit_is_refused_and_told_where_to_go_on() {
    let house = house("").await;
    let ann = &house.ann;
    let content = noise(50_000);
    let to = begin(ann, "noise.bin", &content).await;
    part(ann, &to, 0, &content[..100]).await.must(204);
    for wrong in [0, 99, 101, u64::MAX] {
        let refused = part(ann, &to, wrong, &content[..100]).await;
        assert_eq!(refused.header("upload-offset"), "100");
        assert_eq!(Reply::from(refused).refused(409), "WRONG_OFFSET");
    }
    let long = Reply::from(part(ann, &to, 100, &content).await);
    assert_eq!(long.refused(413), "BODY_TOO_LARGE");
    for (header, value, reason, status) in [
        ("x-nothing", "", "BAD_FIELD", 400),
        ("upload-offset", "-1", "BAD_FIELD", 400),
        ("upload-offset", "+1", "BAD_FIELD", 400),
        ("upload-offset", "1.0", "BAD_FIELD", 400),
    ] {
        let odd = ann.clone().with(header, value);
        let reply = Reply::from(odd.fetch("PATCH", &to, Some((OCTETS, vec![1]))).await);
        assert_eq!(reply.refused(status), reason, "{header}: {value}");
        assert_eq!(reply.str("field"), "upload-offset");
    }
    let as_json = ann.clone().with("upload-offset", "100");
    let reply = as_json.send("PATCH", &to, Some(("application/json", "{}".to_owned()))).await;
    assert_eq!(reply.refused(415), "BAD_MEDIA_TYPE");
    assert_eq!(has_come(ann, &to).await, 100, "nothing of all that was taken");

    let other = Rest::register(&house.bridge, "bob").await;
    let foreign = Reply::from(part(&other, &to, 100, &content[100..]).await);
    assert_eq!(foreign.refused(404), "UPLOAD_NOT_FOUND");
    assert_eq!(other.delete(&to).await.refused(404), "UPLOAD_NOT_FOUND");
    ann.delete(&to).await.must(204);
    let gone = Reply::from(part(ann, &to, 100, &content[100..]).await);
    assert_eq!(gone.refused(404), "UPLOAD_NOT_FOUND");
}

#[tokio::test]
async fn what_is_not_as_it_was_told_is_refused() {
    let house = house("files.per_file = \"100KiB\"").await;
    let ann = &house.ann;
    let mut wrong = described("a", b"hello");
    wrong["sha256"] = json!("0".repeat(64));
    let to = ann.post("/v1/uploads", wrong.clone()).await.must(201).header("location").to_owned();
    assert_eq!(Reply::from(part(ann, &to, 0, b"hello").await).refused(400), "WRONG_HASH");
    assert_eq!(ann.get(&to).await.refused(404), "UPLOAD_NOT_FOUND");
    for (field, value) in [
        ("sha256", json!("0")),
        ("sha256", json!("x".repeat(64))),
        ("name", json!("")),
        ("name", json!("a/b")),
        ("name", json!("a\nb")),
        ("size", json!(-1)),
        ("size", json!("5")),
    ] {
        let mut new = wrong.clone();
        new[field] = value;
        let reply = ann.post("/v1/uploads", new).await;
        assert_eq!(reply.refused(400), "BAD_FIELD", "{field}");
    }
    wrong["size"] = json!(200_000);
    assert_eq!(ann.post("/v1/uploads", wrong).await.refused(400), "FILE_TOO_LARGE");
    // Nothing is a content too, and has come when it was told.
    let nothing = ann.post("/v1/uploads", described("empty", b"")).await.must(200);
    assert_eq!(nothing.json["file"]["size"], 0);
}

#[tokio::test]
async fn files_that_come_slowly_leave_room_for_other_calls() {
    let house = house("").await;
    let ann = &house.ann;
    let content = noise(1_000);
    let mut slow = Vec::new();
    for name in ["one", "two"] {
        let to = begin(ann, name, &content).await;
        slow.push(half_sent(ann, &to, 0, (1_000, &content[..1])).await);
    }
    for _ in 0..8 {
        ann.get("/v1/me").await.must(200);
    }
    // A third one waits until one of them has come.
    let third = async {
        let to = begin(ann, "three", &content[..900]).await;
        part(ann, &to, 0, &content[..900]).await
    };
    let ending = async {
        ann.get("/v1/me").await.must(200);
        let mut first = slow.remove(0);
        first.write_all(&content[1..]).await.unwrap();
        let mut answer = [0; 12];
        first.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
    };
    let (third, ()) = tokio::join!(third, ending);
    third.must(200);
}

#[tokio::test]
async fn pieces_that_come_too_fast_are_held_back_and_none_is_lost() {
    let house = house("files.upload_burst_kib = 64\nfiles.upload_kib_per_second = 1024").await;
    let content = noise(500_000);
    let file = upload(&house.ann, "noise.bin", &content).await;
    assert_eq!(file["sha256"], described("", &content)["sha256"]);
}

#[tokio::test]
async fn a_bot_sends_a_file_with_its_own_token() {
    let house = house("").await;
    let new = json!({ "user_name": "robot", "token_name": "ci" });
    let made = house.ann.post("/v1/bots", new).await.must(201);
    let robot = Rest { token: Some(made.str("secret")), ..house.ann.clone() };
    let to = begin(&robot, "log.txt", b"all is well").await;
    drop(half_sent(&robot, &to, 0, (11, b"all")).await);
    let sending = async {
        loop {
            let at = has_come(&robot, &to).await;
            let rest = &b"all is well"[usize::try_from(at).unwrap()..];
            let done = part(&robot, &to, at, rest).await;
            if done.status != 409 {
                return done.must(200);
            }
        }
    };
    within("the rest", sending).await;
    let sessions = robot.get("/v1/sessions").await.must(200);
    assert_eq!(sessions.json["sessions"].as_array().unwrap().len(), 1, "{}", sessions.text);
}
