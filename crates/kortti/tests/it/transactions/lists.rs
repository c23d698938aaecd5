use serde_json::{Value, json};

use super::{Wallet, ids};
use crate::support::{Server, advance, assert_members};

/// All pages of a list.
fn pages(wallet: &Wallet, path: &str, query: &str, size: usize) -> Vec<i64> {
    let mut all = Vec::new();
    for page in 0.. {
        let target = format!("/transaction/v3/{path}?size={size}&page={page}{query}");
        let found = ids(&wallet.api.get(&target).expect(200).json());
        let is_last = found.len() < size;
        all.extend(found);
        if is_last {
            break;
        }
    }
    all
}

#[test]
fn pages_of_any_size_make_one_list_with_the_newest_first() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 10_000);
    let mut made = Vec::new();
    let mut moving = Vec::new();
    let mut days = Vec::new();
    for round in 0..300 {
        if round % 60 == 0 {
            let now = advance(&wallet.api, &json!({ "seconds": 86_400 }));
            days.push((now[..10].to_owned(), made.len()));
        }
        let is_clearing = round % 3 == 0;
        let id = if is_clearing {
            wallet.clear("RETAIL", 1, &json!({}))
        } else {
            wallet.authorise("RETAIL", 1, &json!({}))
        };
        let id: i64 = id.parse().unwrap();
        made.insert(0, id);
        if is_clearing {
            moving.insert(0, id);
        }
    }
    let card = format!("card/{}", wallet.card);
    for size in [1, 7, 15, 30] {
        assert_eq!(pages(&wallet, &card, "", size), made, "{size}");
    }
    assert_eq!(wallet.ids(""), made[..15]);
    assert_eq!(pages(&wallet, &card, "&withoutAuthorizations=true", 11), moving);
    assert_eq!(pages(&wallet, &card, "&withoutAuthorizations=false", 30), made);
    // The account has its load besides.
    let account = format!("account/{}", wallet.account);
    let of_account = pages(&wallet, &account, "", 30);
    assert_eq!((of_account.len(), &of_account[..300]), (301, made.as_slice()));
    let oldest_first: Vec<i64> = made.iter().rev().copied().collect();
    for (index, (day, start)) in days.iter().enumerate() {
        let end = days.get(index + 1).map_or(made.len(), |(_, end)| *end);
        let mut expected = oldest_first[*start..end].to_vec();
        expected.reverse();
        let window = format!("&fromDate={day}&toDate={day}");
        assert_eq!(pages(&wallet, &card, &window, 13), expected, "{day}");
        let window = format!("&fromDate={day}T00:00:00Z&toDate={day}T23:59:59.999");
        assert_eq!(pages(&wallet, &card, &window, 30), expected, "{day}");
    }
    let (first, last) = (&days[0].0, &days[4].0);
    assert_eq!(pages(&wallet, &card, &format!("&fromDate={first}&toDate={last}"), 30), made);
    assert_eq!(wallet.ids("fromDate=2020-01-01&toDate=2020-12-31"), [0; 0]);
    // The last day is the whole day.
    assert_eq!(wallet.ids("fromDate=2020-12-31T23:59:59.999&toDate=2020-12-31"), [0; 0]);
    assert_eq!(wallet.ids("page=2147483647&size=30"), [0; 0]);
}

#[test]
fn every_member_is_there_also_where_there_is_nothing() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 100);
    wallet.authorise("RETAIL", 10, &json!({}));
    let list = wallet.api.get(&format!("/transaction/v3/account/{}", wallet.account)).expect(200).json();
    let members = [
        "id",
        "linkId",
        "cardId",
        "accountId",
        "transactionDate",
        "postingDate",
        "postingStatus",
        "responseCode",
        "responseDescription",
        "transactionType",
        "transactionConditionCode",
        "retrievalReferenceNumber",
        "authorizationCode",
        "acquiringInstitutionIdentificationCode",
        "cardAcceptorIdentificationCode",
        "submerchantId",
        "settlementAmount",
        "transactionAmount",
        "feeAmount",
        "merchant",
        "text",
        "createdAt",
        "discLinkTransactionId",
        "fileName",
        "processedByEnfuceStip",
        "receivedFromCollectionAgency",
        "paymentReference",
    ];
    for transaction in list.as_array().unwrap() {
        let found: Vec<&str> = transaction.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found.len(), members.len(), "{transaction}");
        assert!(members.iter().all(|member| found.contains(member)), "{transaction}");
        assert!(transaction["id"].is_i64() && transaction["linkId"].is_i64(), "{transaction}");
        for date in ["transactionDate", "postingDate", "createdAt"] {
            let text = transaction[date].as_str().unwrap();
            assert!(text.len() == 19 && text.as_bytes()[10] == b'T', "{text}");
        }
        assert_eq!(wallet.transaction(&transaction["id"].to_string()), *transaction);
    }
}

#[test]
fn what_is_wrong_with_a_query_is_named() {
    let server = Server::sandbox();
    let wallet = Wallet::new(&server);
    let refused = [
        ("size=0", "size"),
        ("size=31", "size"),
        ("page=-1", "page"),
        ("page=2147483648", "page"),
        ("fromDate=2026-01-01", "toDate"),
        ("toDate=2026-01-01", "fromDate"),
        ("fromDate=2026-01-02&toDate=2026-01-01", "toDate"),
        ("fromDate=2026-01-02T00:00:00&toDate=2026-01-01", "toDate"),
        ("fromDate=yesterday&toDate=2026-01-01", "fromDate"),
        ("fromDate=2026-02-30&toDate=2026-03-01", "fromDate"),
        ("fromDate=2026-01-01&toDate=2026-13-01", "toDate"),
        ("fromDate=&toDate=", "fromDate"),
        ("fromDate=20260101&toDate=20260102", "fromDate"),
        ("fromDate=2026-01-01&toDate=2026-01-01%2000:00:00", "toDate"),
        ("withoutAuthorizations=1", "withoutAuthorizations"),
        ("withoutAuthorizations=", "withoutAuthorizations"),
        ("fromDate=2026-01-01&fromDate=2026-01-01&toDate=2026-01-01", "fromDate"),
    ];
    for list in [format!("card/{}", wallet.card), format!("account/{}", wallet.account)] {
        for (query, field) in refused {
            wallet.api.get(&format!("/transaction/v3/{list}?{query}")).refuses(field);
        }
        let window = "fromDate=2026-01-01T00:00:00%2B02:00&toDate=2026-01-01T00:00:00.5Z";
        wallet.api.get(&format!("/transaction/v3/{list}?{window}")).expect(200);
    }
}

#[test]
fn conditions_have_names() {
    let server = Server::sandbox();
    let list = server.client().get("/transaction/v3/transaction-conditions").expect(200).json();
    let list = list.as_array().unwrap();
    let is_named = |item: &Value| item["name"].as_str().is_some_and(|name| !name.is_empty());
    assert!(list.iter().all(is_named));
    for code in ["READ_CHIP", "READ_TRACK", "KEY_ENTRY", "ECOMMERCE"] {
        assert_eq!(list.iter().filter(|item| item["code"] == code).count(), 1, "{code}");
    }
}

#[test]
fn another_institution_finds_no_transaction_of_ours() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 100);
    let id = wallet.authorise("RETAIL", 10, &json!({}));
    let other = server.new_client("other", "all", "2");
    let paths = [format!("card/{}", wallet.card), format!("account/{}", wallet.account), id.clone()];
    for path in paths {
        other.get(&format!("/transaction/v3/{path}")).problem(404);
    }
    let request = super::scheme::request(&wallet.card, &json!({}));
    other.post("/test-api/v1/authorizations/request", &request).problem(404);
    other.post("/test-api/v1/authorizations/reversal", &json!({ "metadata": { "id": id } })).problem(404);
    let template = "/test-api/v1/authorization-templates/request/retail-ecommerce";
    other.post(template, &json!({ "cardId": wallet.card })).problem(404);
    wallet.assert_funds(100, 90);
    assert_members(&wallet.transaction(&id), &json!({ "postingStatus": "PENDING" }));
}
