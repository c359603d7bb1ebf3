"""What must outlive the process: stored responses."""
