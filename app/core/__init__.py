"""What every service needs and no election knows: config, database, errors, jobs, storage, access."""
