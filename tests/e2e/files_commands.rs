//! Files as people and scripts send and fetch them.

use harness::{Cli, Door, PASSWORD, World, behind_all_doors};

behind_all_doors! {
    files_go_with_messages_and_come_into_folders;
}

async fn files_go_with_messages_and_come_into_folders(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = (Cli::new(&world.url()), Cli::new(&world.url()));
    ann.register("ann", PASSWORD).await;
    bob.register("bob", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    bob.run(&["join", "lobby"]).success().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (notes, image) = (path("notes.txt"), path("-image.png"));
    std::fs::write(&notes, "hello\n").unwrap();
    std::fs::write(&image, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    let two = ["send", "lobby", "--file", &notes, "--file", &image, "look", "at", "these"];
    let sent = ann.run(&[&["--json"], &two[..]].concat()).success().await.json();
    assert_eq!(sent[0]["seq"], 4);
    ann.run(&["send", "lobby", "--file", &notes]).success().await;
    ann.run(&["send", "lobby", "--file", &path("missing")]).fails_with(1).await;
    ann.run(&["send", "lobby"]).fails_with(2).await;

    let history = bob.run(&["history", "lobby"]).success().await.stdout;
    assert!(
        history.contains("ann: look at these [notes.txt, 6 B] [-image.png, 16 B]"),
        "{history}"
    );
    let message = &bob.run(&["history", "lobby", "--json"]).success().await.json()[3];
    assert_eq!(message["files"][1]["media_type"], "image/png");

    let inbox = path("inbox");
    std::fs::create_dir(&inbox).unwrap();
    let got = bob.run(&["get", "lobby", "4", "-o", &inbox]).success().await;
    got.stdout(&format!("{inbox}/notes.txt\n"));
    assert_eq!(std::fs::read(format!("{inbox}/notes.txt")).unwrap(), b"hello\n");
    let second = ["get", "lobby", "4", "--number", "2", "-o", &inbox, "--json"];
    let got = bob.run(&second).success().await.json();
    assert_eq!(got[0]["path"], format!("{inbox}/_image.png"));
    assert_eq!((&got[0]["type"], &got[0]["size"]), (&"file".into(), &16.into()));
    // What is there stays there, unless somebody says otherwise.
    std::fs::write(format!("{inbox}/notes.txt"), "mine").unwrap();
    bob.run(&["get", "lobby", "5", "-o", &inbox]).fails_with(1).await;
    assert_eq!(std::fs::read(format!("{inbox}/notes.txt")).unwrap(), b"mine");
    bob.run(&["get", "lobby", "5", "-o", &inbox, "--force"]).success().await;
    assert_eq!(std::fs::read(format!("{inbox}/notes.txt")).unwrap(), b"hello\n");
    for (seq, number, why) in [
        ("4", "3", "message 4 has 2 files, and no file 3"),
        ("3", "1", "message 3 has no file"),
        ("99", "1", "lobby has no message 99"),
    ] {
        let get = ["get", "lobby", seq, "--number", number, "-o", &inbox];
        let refused = bob.run(&get).fails_with(6).await;
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    let left = std::fs::read_dir(&inbox).unwrap().count();
    assert_eq!(left, 2, "nothing half is left");

    let usage = ann.run(&["uploads", "--json"]).success().await.json();
    assert_eq!(
        (&usage[0]["type"], &usage[0]["used_bytes"]),
        (&"file_usage".into(), &12_288.into())
    );
    ann.run(&["uploads", "--cancel", "77"]).fails_with(6).await;
}
