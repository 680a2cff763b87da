//! Streams of events that a bridge begins, breaks and ends.

use super::*;
use crate::client::Event;
use crate::v1::room_event::Kind;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nretry: 1000\n";
const READY: &str = "event: ready\ndata: {\"epoch\":\"0000000000000007\",\"rooms\":[]}\n\n";

/// A stream up to where it is cut, which may be in the middle of an event.
fn stream(events: &[(&str, &str)], cut: &str) -> Answer {
    let mut text = HEAD.to_owned();
    for (id, event) in events {
        text.push_str(&format!("id: {id}\n{event}"));
    }
    Answer::Raw((text + cut).leak())
}

fn said(text: &str) -> &'static str {
    let event = format!(
        "event: room_event\ndata: {{\"room_id\":\"1\",\"seq\":7,\"time\":\"2026-11-23T03:41:15Z\",\
         \"actor_name\":\"ann\",\"message\":{{\"text\":\"{text}\",\"format\":\"plain\",\
         \"mention_user_ids\":[],\"mentions_room\":false,\"version\":0,\"deleted\":false,\
         \"reactions\":[],\"thread_count\":0}}}}\n\n"
    );
    event.leak()
}

async fn follow(streams: Vec<Answer>) -> (Bridge, Client) {
    let first: &[Answer] = vec![Answer::Json(CURRENT)].leak();
    let rest = streams.into_iter().map(|stream| &*vec![stream].leak());
    let script: Vec<&'static [Answer]> = std::iter::once(first).chain(rest).collect();
    let mut bridge = Bridge::plays(script.leak()).await;
    bridge.options.follows = true;
    let client = bridge.resume().await.unwrap();
    (bridge, client)
}

/// The next event that is not about the connection; it is counted how often that was lost.
async fn heard(client: &Client, losses: &mut u32) -> Event {
    loop {
        let event = client.next_event().await.unwrap();
        if matches!(event, Event::Offline { .. }) {
            *losses += 1;
        } else if !matches!(event, Event::Online { .. }) {
            return event;
        }
    }
}

fn text(event: &Event) -> &str {
    let Event::Room(v1::RoomEvent { kind: Some(Kind::Message(message)), .. }) = event else {
        panic!("{event:?}")
    };
    &message.text
}

#[tokio::test]
async fn a_stream_that_breaks_goes_on_after_the_last_event_that_came_whole() {
    let streams = vec![
        stream(&[("a", READY), ("b", said("one"))], "id: c\nevent: room_event\ndata: {\"room"),
        Answer::Nothing,
        stream(&[("x", READY)], ""),
        stream(&[("y", READY), ("c", said("two"))], ""),
    ];
    let (bridge, client) = follow(streams).await;
    let plan = SyncPlan { rooms: vec![crate::ids::RoomId(1)], ..SyncPlan::default() };
    assert_eq!(client.sync(plan).await.unwrap(), []);
    let mut losses = 0;
    assert_eq!(text(&heard(&client, &mut losses).await), "one");
    assert_eq!(text(&heard(&client, &mut losses).await), "two");
    assert_eq!(losses, 3);
    let again = "GET /v1/events?room=1 after b";
    let asked = bridge.asked().await;
    assert_eq!(asked[1..], ["GET /v1/events?room=1", again, again, again]);
}

#[tokio::test]
async fn the_end_of_a_session_is_the_end_of_its_stream() {
    let problem = "{\"type\":\"\",\"title\":\"\",\"status\":401,\"detail\":\"sign in again\",\
        \"instance\":\"\",\"code\":\"UNAUTHENTICATED\",\"reason\":\"SESSION_ENDED\",\
        \"retryable\":false}";
    let end = format!("event: end\ndata: {problem}\n\n");
    let (_bridge, client) = follow(vec![stream(&[("a", READY), ("a", &end)], "")]).await;
    client.sync(SyncPlan::default()).await.unwrap();
    let Some(Event::SignedOut(error)) = client.next_event().await else { panic!("it goes on") };
    assert_eq!(error.reason(), Some(Reason::SessionEnded));
}

#[tokio::test]
async fn a_stream_that_cannot_begin_is_an_answer_to_who_asked() {
    let refused = "HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n";
    let (_bridge, client) = follow(vec![Answer::Raw(refused)]).await;
    let error = client.sync(SyncPlan::default()).await.unwrap_err();
    assert_eq!(error.retry(), Retry::After(Duration::from_secs(7)));
    let (_bridge, client) = follow(vec![stream(&[("a", said("no beginning"))], "")]).await;
    assert!(matches!(client.sync(SyncPlan::default()).await, Err(Error::Protocol(_))));
}
