//! Who is not yet verified waits with few others.

use std::{
    future::ready,
    pin::{Pin, pin},
    sync::Arc,
};

use kortti_core::access::{Client, Scopes};
use tempfile::TempDir;

use super::{app, caller};
use crate::{App, AppError, turns};

type Answer = Result<Option<Arc<Client>>, AppError>;
type Asking<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// Goes on as far as it can: the answer, or none when it waits.
async fn look(asking: &mut Asking<'_>) -> Option<Answer> {
    tokio::select! {
        biased;
        answer = asking => Some(answer),
        () = ready(()) => None,
    }
}

/// As many as there are places come with secrets of their own; all wait.
async fn crowd<'a>(app: &'a App, name: &'a str, secrets: &'a [String]) -> Vec<Asking<'a>> {
    let mut crowd: Vec<Asking<'a>> = Vec::new();
    for secret in secrets {
        let mut asking: Asking<'a> = Box::pin(app.authenticate(name, secret));
        assert!(look(&mut asking).await.is_none(), "there is a place for it");
        crowd.push(asking);
    }
    crowd
}

fn secrets(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("wrong {number}")).collect()
}

async fn with_clients(folder: &TempDir) -> Arc<App> {
    let app = app(folder).await;
    for name in ["one", "other"] {
        app.add_client(&caller(), name, Scopes::all(), Some("right")).await.unwrap();
    }
    app
}

#[tokio::test]
async fn made_up_names_take_no_clients_place() {
    let folder = TempDir::new().unwrap();
    let app = with_clients(&folder).await;
    app.revoke_client(&caller(), "other").await.unwrap();
    let busy = app.verified.turns.take_all();
    let wrong = secrets(turns::STRANGERS);
    let crowd = crowd(&app, "nobody", &wrong).await;
    for name in ["nobody", "other"] {
        let mut more: Asking<'_> = Box::pin(app.authenticate(name, "one more"));
        let refused = look(&mut more).await;
        assert!(matches!(refused, Some(Err(AppError::Unavailable))), "at once, for {name}");
    }
    let mut client: Asking<'_> = Box::pin(app.authenticate("one", "right"));
    assert!(look(&mut client).await.is_none());
    drop(busy);
    assert!(client.await.unwrap().is_some());
    drop(crowd);
    assert!(app.authenticate("nobody", "later").await.unwrap().is_none(), "there is room again");
}

#[tokio::test]
async fn wrong_secrets_of_one_client_keep_no_other_out() {
    let folder = TempDir::new().unwrap();
    let app = with_clients(&folder).await;
    let busy = app.verified.turns.take_all();
    let wrong = secrets(turns::PER_GROUP);
    let crowd = crowd(&app, "one", &wrong).await;
    let mut more: Asking<'_> = Box::pin(app.authenticate("one", "right"));
    assert!(matches!(look(&mut more).await, Some(Err(AppError::Unavailable))));
    let mut other: Asking<'_> = Box::pin(app.authenticate("other", "right"));
    assert!(look(&mut other).await.is_none());
    drop(busy);
    drop(crowd);
    assert!(other.await.unwrap().is_some());
}

#[tokio::test]
async fn many_with_the_same_right_secret_take_one_place() {
    let folder = TempDir::new().unwrap();
    let app = with_clients(&folder).await;
    let busy = app.verified.turns.take_all();
    let same = vec!["right".to_owned(); 3 * turns::PER_GROUP];
    let crowd = crowd(&app, "one", &same).await;
    drop(busy);
    for client in crowd {
        let client = pin!(client);
        assert!(client.await.unwrap().is_some());
    }
}
