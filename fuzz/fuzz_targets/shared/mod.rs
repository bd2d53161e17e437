//! One fuzzer: the target of a name, with changes of libFuzzer's own and of the kinds that mistakes are.

#[macro_export]
macro_rules! fuzzer {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
            targets::run($name, bytes);
        });

        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            static CORPUS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
            if seed % 2 == 0 {
                return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
            }
            let files =
                CORPUS.get_or_init(|| targets::corpus::corpus($name).into_iter().map(|(_, bytes)| bytes).collect());
            let changed = targets::mutate::again(&data[..size], files, u64::from(seed));
            let length = changed.len().min(max_size);
            data[..length].copy_from_slice(&changed[..length]);
            length
        });
    };
}
