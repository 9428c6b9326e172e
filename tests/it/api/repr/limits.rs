//! What one store may take: the client by itself, with limits that a test can reach.

use std::time::Duration;

use harness::objects::{FakeObjects, Listing};
use orchestrator::domain::dataset::address::{self, Address};
use orchestrator::domain::dataset::stored::Stored;
use orchestrator::zarr::{Error, Limits, Reach, Zarr};

async fn read(objects: &FakeObjects, store: &str, limits: Limits) -> Result<Stored, Error> {
    let address = Address::new(&address::parse(&objects.address(store)).unwrap()).unwrap();
    Zarr::new(limits, Reach::Anywhere).unwrap().read(&address).await
}

fn too_large(read: &Result<Stored, Error>) -> bool {
    matches!(read, Err(Error::TooLarge(_)))
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_given_up() {
    let objects = FakeObjects::start(Listing::None).await.unwrap();
    objects.hold(true);
    let short = Duration::from_millis(50);
    for limits in [Limits { file: short, ..Limits::default() }, Limits { whole: short, ..Limits::default() }]
    {
        assert_eq!(read(&objects, "v2-consolidated.zarr", limits).await, Err(Error::TooSlow), "{limits:?}");
    }
}

#[tokio::test]
async fn a_store_has_limits_for_its_bytes_arrays_and_groups() {
    let objects = FakeObjects::start(Listing::Bucket).await.unwrap();
    let all = Limits::default();
    assert!(too_large(&read(&objects, "v2-consolidated.zarr", Limits { bytes: 1000, ..all }).await));
    assert!(too_large(&read(&objects, "v2-plain.zarr", Limits { bytes: 1000, ..all }).await));
    assert!(too_large(&read(&objects, "v3-consolidated.zarr", Limits { nodes: 10, ..all }).await));
    assert!(too_large(&read(&objects, "v3-plain.zarr", Limits { nodes_apart: 10, ..all }).await));
    let whole = read(&objects, "v3-plain.zarr", all).await.unwrap();
    assert_eq!((whole.arrays.len(), whole.is_complete), (14, true));
}

#[tokio::test]
async fn groups_are_followed_to_a_depth_and_no_further() {
    let objects = FakeObjects::start(Listing::Bucket).await.unwrap();
    for path in ["", "a/", "a/b/", "a/b/c/"] {
        objects.put(&format!("/bucket/deep.zarr/{path}.zgroup"), r#"{"zarr_format": 2}"#);
    }
    let of = async |depth| read(&objects, "deep.zarr", Limits { depth, ..Limits::default() }).await.unwrap();
    let whole = of(6).await;
    assert_eq!(whole.groups.keys().collect::<Vec<_>>(), ["", "a", "a/b", "a/b/c"]);
    assert!(whole.is_complete);
    let part = of(2).await;
    assert_eq!(part.groups.keys().collect::<Vec<_>>(), ["", "a", "a/b"]);
    assert!(!part.is_complete);
}
