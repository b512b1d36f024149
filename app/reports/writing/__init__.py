"""From tables to bytes: CSV and JSON Lines as the database writes them, XLSX and Parquet made of them."""
