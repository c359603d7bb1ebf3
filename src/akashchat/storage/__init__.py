"""What must outlive the process: a database and what is in it, shelves, captures."""
