//! Messages after they were said: edits, deletions, answers, threads, reactions.

use futures_util::future::join_all;
use harness::{Door, Person, World, behind_both_doors, texts, within};
use parlor_proto::client::{Error, new_client_message_id};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::{self, Format, room_event::Kind};

behind_both_doors! {
    an_edit_is_told_and_read_in_its_present_state;
    no_edit_is_lost_when_two_write_at_once;
    a_deleted_text_is_nowhere_to_be_read;
    answers_and_threads_name_messages_that_are_there;
    reactions_are_states_that_survive_a_restart;
    only_who_may_changes_a_message;
}

const ROUNDS: u32 = 40;

fn edit(room: RoomId, target: Seq, (text, expected_version): (&str, u32)) -> v1::EditRequest {
    let (room_id, target_seq, text) = (room.0, target.0, text.to_owned());
    v1::EditRequest { room_id, target_seq, text, expected_version, ..Default::default() }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Option<Reason> {
    outcome.unwrap_err().reason()
}

/// The message at a seq, as history has it.
async fn message(person: &Person, room: RoomId, seq: Seq) -> v1::Message {
    let log = person.whole_history(room).await;
    let found = log.into_iter().find(|event| event.seq == seq.0).unwrap();
    match found.kind {
        Some(Kind::Message(message)) => message,
        other => panic!("{other:?}"),
    }
}

async fn an_edit_is_told_and_read_in_its_present_state(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let seq = ann.say(lobby, "helo").await;
    let wish = v1::EditRequest {
        format: Format::Markdown.into(),
        ..edit(lobby, seq, ("*hello* @bob", 0))
    };
    let logged = ann.client.edit(wish.clone()).await.unwrap();
    assert_eq!(ann.client.edit(wish).await.unwrap(), logged, "a repeat is answered alike");
    let heard = loop {
        let event = bob.room_event().await;
        if let Some(Kind::MessageEdited(edited)) = event.kind {
            assert_eq!(event.seq, logged.seq);
            break edited;
        }
    };
    assert_eq!((heard.target_seq, heard.version), (seq.0, 1));
    assert_eq!((heard.text.as_str(), heard.format()), ("*hello* @bob", Format::Markdown));
    assert_eq!(heard.mention_user_ids, [bob.user_id()]);
    let present = message(&bob, lobby, seq).await;
    assert_eq!((present.text.as_str(), present.version), ("*hello* @bob", 1));
    assert!(present.edit_time_ms > 0 && present.format() == Format::Markdown);
    // Who catches up from before the edit ends with the same text.
    let late = Person::login(&world.url(), "bob").await;
    late.sync_from(&[(lobby, Seq(seq.0 - 1))]).await;
    assert_eq!(late.hear("*hello* @bob").await.seq, seq.0);
    let wrong = ann.client.edit(edit(lobby, seq, ("again", 0))).await;
    assert_eq!(refused(wrong), Some(Reason::VersionMismatch));
}

/// G16: whoever was told that an edit is stored finds it, or one that knew of it.
async fn no_edit_is_lost_when_two_write_at_once(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let elsewhere = Person::login(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let seq = ann.say(lobby, "0").await;
    // Each adds its mark to what it read; a mark that was acknowledged must never be missing.
    let add = async |person: &Person, mark: &str| {
        let mut marks = Vec::new();
        for round in 0..ROUNDS {
            let present = message(person, lobby, seq).await;
            let mark = format!("{mark}{round}");
            let text = format!("{} {mark}", present.text);
            match person.client.edit(edit(lobby, seq, (&text, present.version))).await {
                Ok(_) => marks.push(mark),
                Err(error) => assert_eq!(error.reason(), Some(Reason::VersionMismatch)),
            }
        }
        marks
    };
    let both = async { tokio::join!(add(&ann, "a"), add(&elsewhere, "b")) };
    let (mine, others) = within("both to have written", both).await;
    let end = message(&ann, lobby, seq).await;
    let found: Vec<&str> = end.text.split(' ').collect();
    for mark in mine.iter().chain(&others) {
        assert!(found.contains(&mark.as_str()), "{mark} is missing: {}", end.text);
    }
    assert_eq!(end.version as usize, mine.len() + others.len());
    assert_eq!(found.len(), end.version as usize + 1, "and nothing that was refused");
}

async fn a_deleted_text_is_nowhere_to_be_read(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let root = ann.say(lobby, "begin").await;
    let send = v1::SendRequest {
        room_id: lobby.0,
        client_message_id: new_client_message_id().0.to_vec().into(),
        text: "secret @bob".into(),
        thread_seq: root.0,
        ..Default::default()
    };
    let seq = Seq(ann.client.send_message(send.clone()).await.unwrap().seq);
    ann.client.edit(edit(lobby, seq, ("secret too @bob", 0))).await.unwrap();
    bob.client.set_reaction((lobby, seq), "+1", true).await.unwrap();
    let mentions = bob.client.list_mentions(&[], true, 0).await.unwrap();
    assert_eq!(texts(&mentions.events), ["secret too @bob"]);
    let logged = ann.client.delete(lobby, seq).await.unwrap();
    assert!(logged.seq > 0);
    assert_eq!(ann.client.delete(lobby, seq).await.unwrap().seq, 0, "nothing is left to do");

    let log = bob.whole_history(lobby).await;
    assert!(!format!("{log:?}").contains("secret"), "{log:?}");
    // Nor by who catches up from before it was said, although all of it was told a moment ago.
    let late = Person::login(&world.url(), "bob").await;
    late.sync_from(&[(lobby, root)]).await;
    loop {
        let event = late.room_event().await;
        assert!(!format!("{event:?}").contains("secret"), "{event:?}");
        if event.seq == logged.seq {
            break;
        }
    }
    let gone = message(&bob, lobby, seq).await;
    assert!(gone.deleted && gone.text.is_empty() && gone.reactions.is_empty());
    let thread = bob.client.list_thread((lobby, root), Seq(0), 0).await.unwrap();
    assert_eq!(texts(&thread.events), [""]);
    let mentions = bob.client.list_mentions(&[], false, 0).await.unwrap();
    assert!(mentions.events.is_empty());
    // A repeat of the send is known and brings nothing back.
    let again = ann.client.send_message(send).await.unwrap();
    assert!(again.duplicate && again.seq == seq.0);
    for outcome in [
        refused(ann.client.edit(edit(lobby, seq, ("back", 1))).await),
        refused(ann.client.set_reaction((lobby, seq), "+1", true).await),
        refused(ann.client.list_reactions((lobby, seq), 0, 0).await),
    ] {
        assert_eq!(outcome, Some(Reason::MessageNotFound));
    }
}

async fn answers_and_threads_name_messages_that_are_there(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let root = ann.say(lobby, "question").await;
    let say = async |text: &str, reply_to_seq: u64, thread_seq: u64| {
        let client_message_id = new_client_message_id().0.to_vec().into();
        let (room_id, text) = (lobby.0, text.to_owned());
        ann.client
            .send_message(v1::SendRequest {
                room_id,
                client_message_id,
                text,
                reply_to_seq,
                thread_seq,
                ..Default::default()
            })
            .await
    };
    let answer = say("answer", root.0, 0).await.unwrap().seq;
    assert_eq!(message(&ann, lobby, Seq(answer)).await.reply_to_seq, root.0);
    let aside = say("aside", 0, root.0).await.unwrap().seq;
    let deeper = say("aside of the aside", 0, aside).await.unwrap().seq;
    assert_eq!(message(&ann, lobby, Seq(deeper)).await.thread_seq, root.0, "one thread");
    assert_eq!(message(&ann, lobby, root).await.thread_count, 2);
    for named in [root.0, aside, deeper] {
        let first = ann.client.list_thread((lobby, Seq(named)), Seq(0), 1).await.unwrap();
        assert_eq!((texts(&first.events), first.has_newer), (vec!["aside"], true));
        let rest = ann.client.list_thread((lobby, Seq(named)), Seq(aside), 0).await.unwrap();
        assert_eq!((texts(&rest.events), rest.has_newer), (vec!["aside of the aside"], false));
    }
    for (reply, thread) in [(1, 0), (0, 2), (99, 0), (0, 99)] {
        let outcome = say("nowhere", reply, thread).await;
        assert_eq!(refused(outcome), Some(Reason::MessageNotFound), "{reply} {thread}");
    }
}

async fn reactions_are_states_that_survive_a_restart(door: Door) {
    let mut world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let seq = ann.say(lobby, "well").await;
    let place = (lobby, seq);
    bob.client.set_reaction(place, "\u{1f44d}", true).await.unwrap();
    ann.client.set_reaction(place, "\u{1f44d}", true).await.unwrap();
    ann.client.set_reaction(place, "\u{1f389}", true).await.unwrap();
    let again = ann.client.set_reaction(place, "\u{1f389}", true).await.unwrap();
    assert_eq!(again.seq, 0, "it is so already");
    let changes = async |person: &Person| {
        let mut counts = Vec::new();
        while counts.len() < 3 {
            if let Some(Kind::ReactionChanged(changed)) = person.room_event().await.kind {
                counts.push((changed.reaction, changed.count));
            }
        }
        counts
    };
    let told = changes(&bob).await;
    assert_eq!(told[1], ("\u{1f44d}".to_owned(), 2));
    world.daemon.kill9().await;
    world.daemon.restart().await;
    bob.online().await;
    let shown = message(&bob, lobby, seq).await.reactions;
    let shown: Vec<_> = shown.iter().map(|each| (each.reaction.as_str(), each.count)).collect();
    assert_eq!(shown, [("\u{1f44d}", 2), ("\u{1f389}", 1)]);
    let listed = bob.client.list_reactions(place, 1, 0).await.unwrap();
    let by: Vec<_> = listed.reactions.iter().map(|each| each.user_name.as_str()).collect();
    assert_eq!((by, listed.more), (vec!["ann", "ann"], false));
    bob.client.set_reaction(place, "\u{1f44d}", false).await.unwrap();
    assert_eq!(message(&bob, lobby, seq).await.reactions[0].count, 1);
    for bad in ["", "\n", &"x".repeat(33)] {
        let outcome = bob.client.set_reaction(place, bad, true).await;
        assert_eq!(refused(outcome), Some(Reason::BadField), "{bad:?}");
    }
    // One of the 20 places is taken.
    let more = (0..20).map(|n| bob.client.set_reaction(place, format!("r{n}"), true));
    let outcomes = join_all(more).await;
    let full = outcomes.into_iter().filter_map(Result::err).map(|error| error.reason());
    assert_eq!(full.collect::<Vec<_>>(), [Some(Reason::LimitExceeded); 2]);
}

async fn only_who_may_changes_a_message(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let bob = Person::register(&world.url(), "bob").await;
    let eve = Person::register(&world.url(), "eve").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let hers = ann.say(lobby, "hers").await;
    let his = bob.say(lobby, "his").await;
    let outcome = bob.client.edit(edit(lobby, hers, ("mine", 0))).await;
    assert_eq!(refused(outcome), Some(Reason::NotTheAuthor));
    let outcome = ann.client.edit(edit(lobby, his, ("mine", 0))).await;
    assert_eq!(refused(outcome), Some(Reason::NotTheAuthor), "not even who owns the room");
    assert_eq!(refused(bob.client.delete(lobby, hers).await), Some(Reason::NotTheAuthor));
    for outcome in [
        refused(eve.client.edit(edit(lobby, hers, ("mine", 0))).await),
        refused(eve.client.delete(lobby, hers).await),
        refused(eve.client.set_reaction((lobby, hers), "+1", true).await),
        refused(eve.client.list_thread((lobby, hers), Seq(0), 0).await),
        refused(eve.client.typing(lobby, false).await),
    ] {
        assert_eq!(outcome, Some(Reason::NotAMember));
    }
    // Who keeps order in the room deletes what others said.
    assert!(ann.client.delete(lobby, his).await.unwrap().seq > 0);
    let empty = ann.client.edit(edit(lobby, hers, ("", 0))).await;
    assert_eq!(refused(empty), Some(Reason::TextEmpty));
}
