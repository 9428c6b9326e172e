//! (stories to come)
