//! Several Apps on one organisation, and an App that is taken away from it and given back.

mod installations;
mod repositories;
mod several;
