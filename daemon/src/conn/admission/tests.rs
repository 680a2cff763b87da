//! Everybody has a place, or a reason why not.

use super::*;

const NOW: Moment = Moment(0);

fn admission(limits: AdmissionLimits) -> Admission {
    Admission::new(limits)
}

fn address(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, last]))
}

#[test]
fn each_count_has_its_limit_and_is_given_back() {
    let limits = AdmissionLimits {
        connections_max: 4,
        handshakes_max: 2,
        strangers_max: 1,
        connections_per_address_max: 1,
        ..AdmissionLimits::default()
    };
    let admission = admission(limits);
    let mut ann = admission.arrive(address(1), NOW).unwrap();
    let again = admission.arrive(address(1), NOW);
    assert_eq!(again.unwrap_err(), Refusal::TooManyFromAddress);
    let mut bob = admission.arrive(address(2), NOW).unwrap();
    let third = admission.arrive(address(3), NOW);
    assert_eq!(third.unwrap_err(), Refusal::TooManyHandshakes);

    ann.opened().unwrap();
    assert_eq!(bob.opened(), Err(Refusal::TooManyStrangers));
    ann.signed_in();
    bob.opened().unwrap();
    bob.signed_in();
    let rest: Vec<_> = (3..5).map(|last| admission.arrive(address(last), NOW)).collect();
    assert!(rest.iter().all(Result::is_ok));
    assert_eq!(admission.arrive(address(5), NOW).unwrap_err(), Refusal::Full);

    drop((ann, bob, rest));
    let book = admission.book();
    assert_eq!((book.connections, book.handshakes, book.strangers), (0, 0, 0));
    assert!(book.per_address.is_empty());
}

#[test]
fn whoever_comes_too_fast_waits_behind_a_proxy_too() {
    let rate = Rate { burst: 1, every: Duration::from_secs(1) };
    let limits = AdmissionLimits { arrivals_per_address: rate, ..AdmissionLimits::default() };
    let admission = admission(limits);
    let direct = admission.arrive(address(1), NOW).unwrap();
    let mut proxied = admission.arrive(None, NOW).unwrap();
    assert_eq!(proxied.identify(address(1).unwrap(), NOW), Err(Refusal::TooFast));
    assert_eq!(proxied.identify(address(1).unwrap(), Moment(1_000)), Ok(()));
    drop((direct, proxied));
    assert!(admission.book().per_address.is_empty());
}

#[test]
fn an_address_is_complained_of_once_a_minute() {
    let admission = admission(AdmissionLimits::default());
    let ann = address(1).unwrap();
    assert!(admission.may_complain(ann, NOW));
    assert!(!admission.may_complain(ann, Moment(59_999)));
    assert!(admission.may_complain(ann, Moment(60_000)));
}

#[test]
fn new_accounts_are_counted_by_address_and_in_all_where_everybody_may_register() {
    let rate = |burst| Rate { burst, every: Duration::from_mins(20) };
    let registrations = Some(Registrations { per_address: rate(3), in_all: rate(5) });
    let limits = AdmissionLimits { registrations, ..AdmissionLimits::default() };
    let open = admission(limits);
    let register = |last, now| open.register(address(last).unwrap(), now);
    assert_eq!([register(1, NOW), register(1, NOW), register(1, NOW)], [Ok(()); 3]);
    let minutes = |count| Err(Duration::from_mins(count));
    assert_eq!(register(1, NOW), minutes(20));
    assert_eq!([register(2, NOW), register(3, NOW)], [Ok(()); 2]);
    assert_eq!(register(4, NOW), minutes(20), "of all together");
    assert_eq!(register(1, Moment(20 * 60_000)), Ok(()));
    let by_invite = admission(AdmissionLimits { registrations: None, ..limits });
    for _ in 0..100 {
        assert_eq!(by_invite.register(address(1).unwrap(), NOW), Ok(()));
    }
}
