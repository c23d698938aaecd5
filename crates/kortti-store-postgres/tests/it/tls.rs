use std::fs;
use std::path::PathBuf;

use kortti_postgres_cluster::{Cluster, Settings};
use kortti_store::StoreError;
use kortti_store_postgres::{Options, PostgresStore, migrate};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::place::{Place, append_one, head};

#[test]
fn server_is_reached_over_tls_when_its_certificate_can_be_verified() {
    let server = Server::start();
    for mode in ["require", "prefer"] {
        migrate(&server.url("localhost", mode), server.trusting(&server.ca)).unwrap();
        let store = PostgresStore::open(&server.url("localhost", mode), server.trusting(&server.ca)).unwrap();
        let next = head(&store) + 1;
        append_one(&store, next, 10).unwrap();
    }
    // The server takes nothing else from the loopback, so all of it was encrypted.
    let plain = migrate(&server.url("localhost", "disable"), Options::default());
    assert!(matches!(plain, Err(StoreError::Unavailable { .. })));
}

#[test]
fn server_that_cannot_be_verified_is_refused() {
    let server = Server::start();
    for mode in ["require", "prefer"] {
        let refused = |host, options| {
            let opened = migrate(&server.url(host, mode), options).map(|_| ());
            assert!(matches!(opened, Err(StoreError::Unavailable { .. })), "{host} {mode}");
        };
        refused("localhost", server.trusting(&server.other_ca));
        refused("localhost", Options::default());
        // The certificate is for another name.
        refused("127.0.0.1", server.trusting(&server.ca));
    }
}

#[test]
fn server_without_tls_is_refused_where_tls_is_required_or_somebody_must_vouch_for_it() {
    let server = Server::start();
    let plain = Place::new();
    let url = |mode| plain.url().replace("disable", mode);
    for (mode, options) in [
        ("require", Options::default()),
        ("require", server.trusting(&server.ca)),
        ("prefer", server.trusting(&server.ca)),
    ] {
        let refused = PostgresStore::open(&url(mode), options);
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{mode}");
    }
    let both = PostgresStore::open(&url("disable"), server.trusting(&server.ca));
    assert!(matches!(both, Err(StoreError::Invalid { .. })));
    PostgresStore::open(&url("prefer"), Options::default()).unwrap();
}

#[test]
fn file_without_certificates_is_refused() {
    let server = Server::start();
    let empty = server.folder.path().join("empty.pem");
    fs::write(&empty, "nothing").unwrap();
    for file in [empty, server.folder.path().join("missing.pem")] {
        let opened = PostgresStore::open(&server.url("localhost", "require"), server.trusting(&file));
        assert!(matches!(opened, Err(StoreError::Unavailable { .. })));
    }
}

/// A server that speaks TLS only, under a certificate for `localhost`.
struct Server {
    cluster: Cluster,
    folder: TempDir,
    /// The authority that signed the certificate.
    ca: PathBuf,
    /// One that did not.
    other_ca: PathBuf,
}

impl Server {
    fn start() -> Server {
        let folder = tempfile::tempdir().unwrap();
        let (signer, other) = (authority(), authority());
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &signer).unwrap();
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";
        let settings = Settings {
            parameters: vec![("ssl".to_owned(), "on".to_owned())],
            files: vec![
                ("server.crt".to_owned(), certificate.pem().into_bytes()),
                ("server.key".to_owned(), key.serialize_pem().into_bytes()),
                ("pg_hba.conf".to_owned(), rules.as_bytes().to_vec()),
            ],
        };
        let cluster = Cluster::start_with(&settings).unwrap();
        let (ca, other_ca) = (folder.path().join("ca.pem"), folder.path().join("other.pem"));
        fs::write(&ca, signer.pem()).unwrap();
        fs::write(&other_ca, other.pem()).unwrap();
        Server { cluster, folder, ca, other_ca }
    }

    fn url(&self, host: &str, mode: &str) -> String {
        // The name may mean the other loopback first, where nobody listens.
        format!(
            "postgresql://postgres@{host}:{}/postgres?hostaddr=127.0.0.1&sslmode={mode}",
            self.cluster.port()
        )
    }

    fn trusting(&self, file: &std::path::Path) -> Options {
        Options { ca_file: Some(file.to_owned()), ..Options::default() }
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}
