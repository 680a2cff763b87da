//! Events go when their age is over, and who comes back for one of them is told so.

use harness::{Door, Person, Proxy, Setup, World, behind_both_doors, within};
use parlor_proto::client::{Event, ServerUrl};
use parlor_proto::v1::RoomState;
use parlor_proto::v1::history_request::Anchor;

behind_both_doors! {
    old_events_go_and_who_comes_back_for_them_is_reset;
}

async fn old_events_go_and_who_comes_back_for_them_is_reset(door: Door) {
    let setup = Setup::new().config("history.keep = \"300ms\"");
    let world = World::with(door, setup).await;
    let url = world.url();
    let proxy = Proxy::to(url.authority().parse().unwrap()).await;
    let through = ServerUrl { port: proxy.address().port(), ..url };

    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let bob = Person::arrive(&through, "bob").await;
    bob.join("lobby").await;
    let heard = ann.say(lobby, "soon forgotten").await.0;
    bob.hear("soon forgotten").await;
    proxy.go_down();
    proxy.reset_all();
    bob.offline().await;

    // Until what bob needs next is gone.
    let forgotten = async {
        loop {
            ann.say(lobby, "still here?").await;
            let page = ann.client.history(lobby, Anchor::AfterSeq(0), 1).await.unwrap();
            if page.events[0].seq > heard + 1 {
                return page.events[0].seq;
            }
        }
    };
    let first = within("old events to go", forgotten).await;
    proxy.come_up();
    let reset: RoomState = loop {
        match bob.event().await {
            Event::Reset(state) => break state,
            Event::Room(event) => panic!("a part of what was missed: {event:?}"),
            _ => {}
        }
    };
    assert!(reset.first_seq >= first && reset.head_seq > heard, "{reset:?}");
    ann.say(lobby, "and now").await;
    bob.hear("and now").await;
}
