package embedded

// configName is the engine's configuration in the data folder, written anew on
// each Open. Naming a file also keeps the engine from reading a config.xml that
// happens to be in the working directory.
const configName = "hamawaz-engine.xml"

// configText holds the engine to the memory of a small machine.
//
// Measured on 2 cores: 219 MB when idle, of which the library's own pages are
// nearly all; 440 MB while 3 million posts were loaded and grouped; 245 MB six
// seconds later. Without this file idle takes as much, but the caches below
// may grow with the data to 5 GB each, and the whole to 90 % of the machine.
// The background pools need no setting: the engine starts them with one or two
// threads.
const configText = `<clickhouse>
    <!-- Queries over this fail with exception 241; the process lives on. -->
    <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>

    <!-- Where columns lie in the parts of tables: 5 GB each by default. -->
    <mark_cache_size>134217728</mark_cache_size>
    <index_mark_cache_size>33554432</index_mark_cache_size>
    <primary_index_cache_size>67108864</primary_index_cache_size>

    <!-- The words of text indexes: 4 GB together by default. -->
    <text_index_tokens_cache_size>33554432</text_index_tokens_cache_size>
    <text_index_header_cache_size>33554432</text_index_header_cache_size>
    <text_index_postings_cache_size>67108864</text_index_postings_cache_size>

    <!-- Things we hardly use: 6 GB together by default. -->
    <vector_similarity_index_cache_size>16777216</vector_similarity_index_cache_size>
    <unique_key_index_cache_size_bytes>16777216</unique_key_index_cache_size_bytes>
    <parquet_metadata_cache_size>16777216</parquet_metadata_cache_size>
    <iceberg_metadata_files_cache_size>16777216</iceberg_metadata_files_cache_size>

    <!-- Which granules a condition left out, and compiled expressions: 100 MB each by default. -->
    <query_condition_cache_size>33554432</query_condition_cache_size>
    <compiled_expression_cache_size>33554432</compiled_expression_cache_size>

    <!-- BACKUP … TO File may name any folder that this user can write to. -->
    <backups><allowed_path>/</allowed_path></backups>
</clickhouse>
`
