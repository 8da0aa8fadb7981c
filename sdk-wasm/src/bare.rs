//! What the standard library would bring, for a vault that every visitor downloads: an allocator that is a quarter as large,
//! and panics that say nothing. A panic is a fault of ours that ends the vault either way; its words, and all the code that
//! puts them together, would be a tenth of it. `tools/build/shrink.mjs` takes that code out, so nothing here may format text.

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
