//! The call to an object that computes one long password hash.

use crate::objects::call::calls;
use crate::passwords::task::{Hashed, Task};

calls! {
    /// The calls to an object that computes a hash.
    HasherCalls {
        /// Compute one hash.
        Compute {
            /// The hash.
            task: Task,
            /// The password, in clear.
            password: String,
        } -> Hashed;
    }
}
