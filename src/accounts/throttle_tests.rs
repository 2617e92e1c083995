use super::*;

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
const START: Timestamp = Timestamp(1_700_000_000);

fn stranger(number: u32) -> IpAddr {
    IpAddr::V4((0xC633_6400 + number).into())
}

/// The waits that `count` failures in a row from one place bring, each after the wait before it.
fn waits(throttle: &SignInThrottle, address: impl Fn(u32) -> IpAddr, count: u32) -> Vec<i64> {
    let mut now = START;
    (0..count)
        .map(|attempt| match throttle.admit("mia", address(attempt), now) {
            Ok(()) => 0,
            Err(RetryAfter(wait)) => {
                now = now.plus(wait);
                throttle.admit("mia", address(attempt), now).expect("the wait is over");
                wait
            }
        })
        .collect()
}

#[test]
fn delays_grow_up_to_a_limit() {
    let waited = waits(&SignInThrottle::default(), |_| HOME, 17);
    assert_eq!(waited, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
}

#[test]
fn many_addresses_share_the_count_of_one_account() {
    let waited = waits(&SignInThrottle::default(), stranger, 8);
    assert_eq!(waited, [0, 0, 0, 0, 0, 1, 2, 4]);
}

#[test]
fn one_address_is_slowed_down_across_accounts() {
    let throttle = SignInThrottle::default();
    for guess in 0..20 {
        assert_eq!(throttle.admit(&format!("user{guess}"), HOME, START), Ok(()));
    }
    assert_eq!(throttle.admit("user20", HOME, START), Err(RetryAfter(1)));
    assert_eq!(throttle.admit("user20", stranger(1), START), Ok(()));
}

#[test]
fn guessing_strangers_do_not_keep_the_owner_out() {
    let throttle = SignInThrottle::default();
    throttle.admit("mia", HOME, START).unwrap();
    throttle.succeeded("mia", HOME, START);
    waits(&throttle, stranger, 100);
    assert_eq!(throttle.admit("mia", HOME, START), Ok(()));
}

#[test]
fn a_neighbour_of_the_owner_cannot_guess_freely() {
    let throttle = SignInThrottle::default();
    throttle.admit("mia", HOME, START).unwrap();
    throttle.succeeded("mia", HOME, START);
    let guesses = (0..100).filter(|_| {
        // Signing in with an account of one's own does not wipe what was guessed about another.
        throttle.admit("neighbour", HOME, START).unwrap();
        throttle.succeeded("neighbour", HOME, START);
        throttle.admit("mia", HOME, START).is_ok()
    });
    assert_eq!(guesses.count(), 5);
}

#[test]
fn a_new_address_gets_through_in_time() {
    let throttle = SignInThrottle::default();
    waits(&throttle, stranger, 100);
    let later = START.plus(100 * LONGEST_WAIT);
    assert_eq!(throttle.admit("mia", HOME, later), Ok(()));
}

#[test]
fn an_hour_without_an_attempt_forgives_all() {
    let throttle = SignInThrottle::default();
    waits(&throttle, |_| HOME, 10);
    let later = START.plus(63 + FORGIVEN_AFTER);
    for _ in 0..FREE_FOR_ACCOUNT {
        assert_eq!(throttle.admit("mia", HOME, later), Ok(()));
    }
    assert_eq!(throttle.admit("mia", HOME, later), Err(RetryAfter(1)));
}

#[test]
fn an_early_attempt_does_not_prolong_the_wait() {
    let throttle = SignInThrottle::default();
    waits(&throttle, |_| HOME, 8);
    let now = START.plus(7);
    assert_eq!(throttle.admit("mia", HOME, now), Err(RetryAfter(8)));
    assert_eq!(throttle.admit("mia", HOME, now.plus(5)), Err(RetryAfter(3)));
    assert_eq!(throttle.admit("mia", HOME, now.plus(8)), Ok(()));
}

#[test]
fn attempts_at_the_same_time_all_count() {
    let throttle = SignInThrottle::default();
    let admitted =
        (0..1000).filter(|guess| throttle.admit("mia", stranger(*guess), START).is_ok()).count();
    assert_eq!(admitted, 5);
}

#[test]
fn success_wipes_the_address_and_an_unanswered_attempt_counts_for_nothing() {
    let throttle = SignInThrottle::default();
    for _ in 0..100 {
        throttle.admit("mia", HOME, START).unwrap();
        throttle.undo("mia", HOME, START);
    }
    for _ in 0..100 {
        throttle.admit("mia", HOME, START).unwrap();
        throttle.succeeded("mia", HOME, START);
    }
}

#[test]
fn a_flood_of_names_and_addresses_does_not_grow_memory_or_free_the_guesser() {
    let throttle = SignInThrottle::default();
    waits(&throttle, |_| HOME, 17);
    let now = START.plus(600);
    for noise in 0..50_000_u32 {
        let _ = throttle.admit(&format!("noise{noise}"), stranger(noise), now);
    }
    assert!(throttle.admit("mia", HOME, now.plus(1)).is_err());
}

#[test]
fn a_clock_set_back_makes_nobody_wait_longer() {
    let throttle = SignInThrottle::default();
    waits(&throttle, |_| HOME, 10);
    let RetryAfter(wait) = throttle.admit("mia", HOME, START.plus(-86_400)).unwrap_err();
    assert!(wait <= 32, "{wait}");
    let limit = RateLimit::new(1);
    limit.admit(HOME, START).unwrap();
    let RetryAfter(wait) = limit.admit(HOME, START.plus(-86_400)).unwrap_err();
    assert!(wait <= 60, "{wait}");
}

#[test]
fn a_rate_holds_over_time() {
    let limit = RateLimit::new(30);
    let mut admitted = 0;
    for second in 0..600 {
        admitted += (0..10).filter(|_| limit.admit(HOME, START.plus(second)).is_ok()).count();
    }
    assert_eq!(admitted, 30 + 30 * 599 / 60);
    assert_eq!(limit.admit(stranger(1), START), Ok(()));
    assert!((0..10_000).all(|_| RateLimit::new(0).admit(HOME, START).is_ok()));
}

#[test]
fn an_ipv6_connection_counts_as_one() {
    let limit = RateLimit::new(1);
    limit.admit("2001:db8:1:2:a::1".parse().unwrap(), START).unwrap();
    assert!(limit.admit("2001:db8:1:2:b::2".parse().unwrap(), START).is_err());
    assert!(limit.admit("2001:db8:1:3::1".parse().unwrap(), START).is_ok());
    limit.admit("192.0.2.9".parse().unwrap(), START).unwrap();
    assert!(limit.admit("::ffff:192.0.2.9".parse().unwrap(), START).is_err());
}
