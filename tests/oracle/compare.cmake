# Analyses the checkpoint in $SVDLENS_DATA and compares the CSV files with the oracle beside it.

set(data "$ENV{SVDLENS_DATA}")
set(model "${data}/memory_gated_mlp.safetensors")
if(data STREQUAL "" OR NOT EXISTS "${model}")
    message(NOTICE "SKIPPED: SVDLENS_DATA names no folder with memory_gated_mlp.safetensors")
    return()
endif()
set(oracle "${data}/memory_gated_mlp.folded.oracle.json")
set(options --score dot --tail 0.01 --out "${FOLDER}")
if(PROCESSING STREQUAL "raw")
    set(oracle "${data}/memory_gated_mlp.oracle.json")
    list(APPEND options --raw)
endif()

# What another version has left there is no set of this one, and the program refuses to replace it.
file(REMOVE_RECURSE "${FOLDER}")

execute_process(COMMAND "${PROGRAM}" analyse "${model}" ${options} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${PYTHON}" "${CMAKE_CURRENT_LIST_DIR}/compare_with_oracle.py" "${oracle}" "${FOLDER}"
    COMMAND_ERROR_IS_FATAL ANY)
