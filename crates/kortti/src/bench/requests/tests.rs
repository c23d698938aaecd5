use std::collections::HashSet;

use super::{Create, Read, id_in};
use crate::bench::load::Workload;

fn requests(workload: &mut impl Workload, count: usize) -> Vec<String> {
    let next = |_| {
        let mut request = Vec::new();
        workload.write_next(&mut request).then(|| String::from_utf8(request).unwrap())
    };
    (0..count).map_while(next).collect()
}

#[test]
fn id_is_found_wherever_it_stands() {
    assert_eq!(id_in(br#"{"description":"Card created","id":"3001"}"#), Some(3001));
    assert_eq!(id_in(br#"{"id":"42","description":""}"#), Some(42));
}

#[test]
fn answer_without_an_id_has_none() {
    for body in [&b""[..], b"{}", br#"{"id":"x"}"#, br#"{"id":"3001"#.split_at(7).0] {
        assert_eq!(id_in(body), None);
    }
}

#[test]
fn no_more_cards_are_created_than_wanted() {
    let mut create = Create::at_most(2);
    let sent = requests(&mut create, 10);
    assert_eq!(sent.len(), 2);
    let (head, body) = sent[0].split_once("\r\n\r\n").unwrap();
    assert!(head.ends_with(&format!("Content-Length: {}", body.len())));
}

#[test]
fn ids_of_created_cards_are_noted() {
    let mut create = Create::without_end();
    create.answered(br#"{"id":"3001"}"#).unwrap();
    create.answered(br#"{"id":"3002"}"#).unwrap();
    assert!(create.answered(br#"{"description":"Card created"}"#).is_err());
    assert_eq!(create.into_created(), [3001, 3002]);
}

#[test]
fn reads_reach_every_card() {
    let cards: HashSet<u64> = (0..50).collect();
    let sent = requests(&mut Read::among(cards.iter().copied().collect()), 2000);
    let card = |request: &String| {
        let path = request.strip_prefix("GET /card/v4/").unwrap();
        path.split_once('?').unwrap().0.parse::<u64>().unwrap()
    };
    assert_eq!(sent.iter().map(card).collect::<HashSet<u64>>(), cards);
}

#[test]
fn nothing_is_read_where_there_is_nothing() {
    assert!(requests(&mut Read::among(Vec::new()), 1).is_empty());
}
