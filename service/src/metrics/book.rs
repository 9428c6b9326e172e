//! The list of all metrics: what is registered is described, so that the documentation can be compared with it.

use std::borrow::Cow;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// What every name begins with.
const PREFIX: &str = "pfo";

/// One metric, for its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name as Prometheus has it: `pfo_jobs_total`.
    pub name: String,
    /// Prometheus's word.
    pub kind: &'static str,
    /// Its labels.
    pub labels: Vec<&'static str>,
    /// What it says.
    pub help: &'static str,
}

/// Metrics with what they are.
pub(super) struct Book {
    pub(super) registry: Registry,
    pub(super) entries: Vec<Entry>,
}

impl Book {
    pub(super) fn new() -> Self {
        Self { registry: Registry::with_prefix(PREFIX), entries: Vec::new() }
    }

    /// Counts what happened. The name gets its `_total` from here.
    pub(super) fn counter(&mut self, name: &'static str, help: &'static str) -> Counter {
        self.enter(format!("{PREFIX}_{name}_total"), "counter", &[], help);
        self.register(name, help, Counter::default())
    }

    /// The same with labels.
    pub(super) fn counters<const N: usize>(
        &mut self,
        name: &'static str,
        labels: [&'static str; N],
        help: &'static str,
    ) -> Labelled<N, Counter> {
        self.enter(format!("{PREFIX}_{name}_total"), "counter", &labels, help);
        Labelled { labels, family: self.register(name, help, Family::default()) }
    }

    /// Tells how something stands.
    pub(super) fn gauge(&mut self, name: &'static str, help: &'static str) -> Gauge {
        self.enter(format!("{PREFIX}_{name}"), "gauge", &[], help);
        self.register(name, help, Gauge::default())
    }

    /// The same with labels.
    pub(super) fn gauges<const N: usize>(
        &mut self,
        name: &'static str,
        labels: [&'static str; N],
        help: &'static str,
    ) -> Labelled<N, Gauge> {
        self.enter(format!("{PREFIX}_{name}"), "gauge", &labels, help);
        Labelled { labels, family: self.register(name, help, Family::default()) }
    }

    /// How long something took, with labels.
    pub(super) fn seconds<const N: usize>(
        &mut self,
        name: &'static str,
        labels: [&'static str; N],
        bounds: &'static [f64],
        help: &'static str,
    ) -> Labelled<N, Histogram, Seconds> {
        self.enter(format!("{PREFIX}_{name}"), "histogram", &labels, help);
        Labelled { labels, family: self.register(name, help, Family::new_with_constructor(Seconds(bounds))) }
    }

    fn enter(&mut self, name: String, kind: &'static str, labels: &[&'static str], help: &'static str) {
        self.entries.push(Entry { name, kind, labels: labels.to_vec(), help });
    }

    fn register<M: Metric + Clone>(&mut self, name: &'static str, help: &'static str, metric: M) -> M {
        self.registry.register(name, help, metric.clone());
        metric
    }
}

/// Makes histograms with these upper bounds, in seconds.
#[derive(Clone, Copy)]
pub(super) struct Seconds(&'static [f64]);

impl MetricConstructor<Histogram> for Seconds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

type Labels<const N: usize> = [(&'static str, Cow<'static, str>); N];

/// A metric for each combination of labels that was met.
pub(super) struct Labelled<const N: usize, M, C = fn() -> M> {
    labels: [&'static str; N],
    family: Family<Labels<N>, M, C>,
}

impl<const N: usize, M: Clone, C: MetricConstructor<M>> Labelled<N, M, C> {
    /// The one with these labels; kept, it is reached without a search.
    pub(super) fn of(&self, values: [Cow<'static, str>; N]) -> M {
        self.family.get_or_create_owned(&self.labels(values))
    }

    /// Forgets the one with these labels.
    pub(super) fn forget(&self, values: [Cow<'static, str>; N]) {
        self.family.remove(&self.labels(values));
    }

    fn labels(&self, values: [Cow<'static, str>; N]) -> Labels<N> {
        let mut values = values.into_iter();
        self.labels.map(|name| (name, values.next().unwrap_or_default()))
    }
}
