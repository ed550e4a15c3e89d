# One step of the browser tests: `prepare` fetches the npm packages into FOLDER and writes the sample pages there,
# `check` runs the checks in ARGUMENT on them.

set(source "${CMAKE_CURRENT_LIST_DIR}")
set(packages "${FOLDER}/node_modules")

function(find_programs)
    find_program(node NAMES node nodejs)
    find_program(chromium NAMES chromium chromium-browser google-chrome)
    foreach(program node chromium)
        if(NOT ${program})
            list(APPEND missing ${program})
        endif()
    endforeach()
    set(missing "${missing}" PARENT_SCOPE)
endfunction()

# Leaves a mark when all packages are there; those of another lock file are replaced.
function(fetch_packages)
    file(SHA256 "${source}/package-lock.json" wanted)
    if(EXISTS "${FOLDER}/packages")
        file(READ "${FOLDER}/packages" found)
        if(found STREQUAL wanted)
            return()
        endif()
    endif()
    file(REMOVE "${FOLDER}/packages")
    find_program(npm npm)
    configure_file("${source}/package.json" "${FOLDER}/package.json" COPYONLY)
    configure_file("${source}/package-lock.json" "${FOLDER}/package-lock.json" COPYONLY)
    if(npm)
        set(fetch "${npm}" ci --ignore-scripts --no-audit --no-fund --prefer-offline
            --fetch-retries=1 --fetch-retry-mintimeout=1000) # without a network it is to say so soon
    else() # Debian's npm is 366 packages, for three files
        set(fetch "${node}" "${source}/fetch_packages.mjs")
    endif()
    execute_process(
        COMMAND ${fetch}
        WORKING_DIRECTORY "${FOLDER}" TIMEOUT 200
        RESULT_VARIABLE failure OUTPUT_VARIABLE said ERROR_VARIABLE said)
    if(failure)
        set(missing "the npm packages:\n${said}" PARENT_SCOPE)
        return()
    endif()
    file(WRITE "${FOLDER}/packages" "${wanted}")
endfunction()

# The sample pages, and the report on the planted model with its numbers.
function(write_pages)
    file(REMOVE_RECURSE "${FOLDER}/pages")
    execute_process(COMMAND "${PAGES}" "${FOLDER}/pages" "${packages}" COMMAND_ERROR_IS_FATAL ANY)
    file(COPY "${packages}/plotly.js-dist-min/plotly.min.js"
        "${packages}/vis-network/standalone/umd/vis-network.min.js" DESTINATION "${FOLDER}/pages")
    execute_process(COMMAND "${REPORT}" planted -q --out planted.safetensors
        WORKING_DIRECTORY "${FOLDER}/pages" COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND "${REPORT}" report planted.safetensors --link . --tail 0.01 --out report.html --json
        WORKING_DIRECTORY "${FOLDER}/pages" OUTPUT_FILE "${FOLDER}/pages/report.json" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

find_programs()
if(STEP STREQUAL "prepare" AND NOT missing)
    fetch_packages()
elseif(STEP STREQUAL "check" AND NOT missing AND NOT EXISTS "${FOLDER}/packages")
    set(missing "the npm packages")
endif()
if(missing)
    list(JOIN missing " and " missing)
    message(NOTICE "SKIPPED: pages are not tested in a browser; missing: ${missing}")
    return()
endif()

if(STEP STREQUAL "prepare")
    write_pages()
else()
    execute_process(COMMAND "${CMAKE_COMMAND}" -E env "BROWSER_CHROMIUM=${chromium}" "BROWSER_FOLDER=${FOLDER}"
        "${node}" --test "${source}/${ARGUMENT}" COMMAND_ERROR_IS_FATAL ANY)
endif()
